-- Revert linnet:sessions from pg

BEGIN;

DROP TABLE sessions;

COMMIT;
