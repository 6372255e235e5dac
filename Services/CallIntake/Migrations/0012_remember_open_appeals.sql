-- When the journal is asked again whether a recording that is older than the ceiling may go: an appeal that stays open, or
-- a draft that nobody registers, would else be asked for every day for ever.
ALTER TABLE recording ADD COLUMN ask_journal_at timestamptz;
