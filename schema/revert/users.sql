-- Revert linnet:users from pg

BEGIN;

DROP TABLE user_counters;
DROP TABLE users;

COMMIT;
