-- Verify linnet:favorites on pg

BEGIN;

SELECT tweet_id, created_at, user_id, tweet_user_id FROM favorites WHERE false;
SELECT 'favorites_of_user'::regclass, 'favorites_of_tweet'::regclass;

ROLLBACK;
