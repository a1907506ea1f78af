-- The home timeline of one user: the newest ids of each followee, the 20 newest of these, and what a page shows of them.
\set user random(1, :users)
SELECT t.id, t.user_id, t.content, t.created_at, u.username, u.first_name, u.last_name, coalesce(k.favorites_count, 0)
FROM (SELECT n.id, c.followee_id FROM connections c
      CROSS JOIN LATERAL (SELECT id FROM tweets WHERE user_id = c.followee_id ORDER BY id DESC LIMIT 20) n
      WHERE c.follower_id = :user ORDER BY n.id DESC LIMIT 20) newest
JOIN tweets t ON t.user_id = newest.followee_id AND t.id = newest.id
JOIN users u ON u.id = t.user_id
LEFT JOIN tweet_counters k ON k.user_id = t.user_id AND k.tweet_id = t.id
ORDER BY t.id DESC;
