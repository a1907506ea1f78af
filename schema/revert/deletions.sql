-- Revert linnet:deletions from pg

BEGIN;

DROP TABLE deleted_users, deleted_tweets;

COMMIT;
