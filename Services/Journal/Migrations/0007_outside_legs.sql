-- What was dialled for an outside leg. Beside the text, because not everybody who reads the history sees the number.
ALTER TABLE appeal_history ADD COLUMN number text;
