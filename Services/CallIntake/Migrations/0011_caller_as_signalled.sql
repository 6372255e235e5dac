-- What the trunk or the exchange said, word for word, when it is not the number itself: parameters of a SIP address, a
-- number without its plus, something that is no number (A-04). For the record and for the technician; never dialled.
-- A new column holds nothing yet: nothing is to be read for its check.
ALTER TABLE call ADD COLUMN caller_signalled text;
ALTER TABLE call ADD CONSTRAINT call_caller_signalled CHECK (char_length(caller_signalled) <= 255) NOT VALID;
