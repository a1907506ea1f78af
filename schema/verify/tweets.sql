-- Verify linnet:tweets on pg

BEGIN;

SELECT id, created_at, user_id, content FROM tweets WHERE false;
SELECT tweet_id, user_id, favorites_count FROM tweet_counters WHERE false;
SELECT 'tweets_id'::regclass;

ROLLBACK;
