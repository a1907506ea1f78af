-- Verify linnet:deletions on pg

BEGIN;

SELECT user_id, deleted_at, followers_before, favorites_after, tweets_after FROM deleted_users WHERE false;
SELECT tweet_id, user_id, deleted_at, favorites_before FROM deleted_tweets WHERE false;
SELECT 1 / (count(*) = 2)::int FROM pg_indexes
WHERE schemaname = 'public' AND indexname IN ('deleted_users_deleted_at', 'deleted_tweets_deleted_at');

ROLLBACK;
