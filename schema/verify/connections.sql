-- Verify linnet:connections on pg

BEGIN;

SELECT follower_id, followee_id, created_at FROM connections WHERE false;
SELECT 'connections_followers'::regclass, 'connections_followees'::regclass;

ROLLBACK;
