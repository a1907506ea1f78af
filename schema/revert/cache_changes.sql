-- Revert linnet:cache_changes from pg

BEGIN;

DROP TABLE cache_changes;

COMMIT;
