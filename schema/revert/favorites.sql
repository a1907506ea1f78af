-- Revert linnet:favorites from pg

BEGIN;

DROP TABLE favorites;

COMMIT;
