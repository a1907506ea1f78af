-- Verify linnet:users on pg

BEGIN;

SELECT id, username, first_name, last_name, description, password_hash, created_at, updated_at FROM users WHERE false;
SELECT user_id, tweets_count, followers_count, followees_count, favorites_count FROM user_counters WHERE false;
SELECT 'users_username'::regclass;

ROLLBACK;
