-- Whoever holds the card of a secretary's message may hear the message (T-03, T-04); the desk knows who holds it.
ALTER TABLE recording_play DROP CONSTRAINT recording_play_ground_check,
    ADD CONSTRAINT recording_play_ground_check CHECK (ground IN ('role', 'own-call', 'own-card'));
