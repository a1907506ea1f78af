-- Revert linnet:connections from pg

BEGIN;

DROP TABLE connections;

COMMIT;
