-- The latest 20 tweets of one user by name, with what a page shows of them. A join with the counters reads all of a busy author's.
\set user random(1, :users)
SELECT t.id, t.user_id, t.content, t.created_at,
       coalesce((SELECT c.favorites_count FROM tweet_counters c WHERE c.user_id = t.user_id AND c.tweet_id = t.id), 0)
FROM tweets t
WHERE t.user_id = (SELECT id FROM users WHERE lower(username) = 'u' || lpad(:user::text, 7, '0'))
ORDER BY t.id DESC LIMIT 20;
