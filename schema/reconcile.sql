-- Compares every counter with the rows it counts and prints those that differ.
--     psql -d ... -f schema/reconcile.sql                  exits 0 if all agree, 3 if some differ
--     psql -d ... -v repair=on -f schema/reconcile.sql     sets them right, in the same transaction; exits 0
-- Connect as the owner. Servers may run: the comparison is one statement, hence one snapshot, in which a server's
-- transaction has changed rows and counters both or neither. A repair locks the counters first, in the servers' own
-- order, and counts afterwards, so that what is in flight is either seen whole or adds to the result.

\set ON_ERROR_STOP on
\if :{?repair}
\else
    \set repair off
\endif
\set QUIET on
BEGIN;

CREATE TEMPORARY TABLE differences ON COMMIT DROP AS
WITH by_tweet AS (SELECT tweet_user_id AS user_id, tweet_id, count(*) AS n FROM favorites GROUP BY 1, 2),
     tweets_of AS (SELECT user_id, count(*) AS n FROM tweets GROUP BY 1),
     followers_of AS (SELECT followee_id AS user_id, count(*) AS n FROM connections GROUP BY 1),
     followees_of AS (SELECT follower_id AS user_id, count(*) AS n FROM connections GROUP BY 1),
     favorites_of AS (SELECT user_id, count(*) AS n FROM favorites GROUP BY 1)
SELECT user_id, tweet_id, 'tweet_counters.favorites_count' AS counter, c.favorites_count AS counted, coalesce(n, 0) AS rows
FROM tweet_counters c FULL JOIN by_tweet USING (user_id, tweet_id)
WHERE coalesce(c.favorites_count, 0) <> coalesce(n, 0)
UNION ALL
SELECT u.id, NULL, 'user_counters.' || d.name, d.counted, d.rows
FROM users u
LEFT JOIN user_counters c ON c.user_id = u.id
LEFT JOIN tweets_of t ON t.user_id = u.id
LEFT JOIN followers_of r ON r.user_id = u.id
LEFT JOIN followees_of e ON e.user_id = u.id
LEFT JOIN favorites_of f ON f.user_id = u.id
CROSS JOIN LATERAL (VALUES ('tweets_count', c.tweets_count, coalesce(t.n, 0)),
                           ('followers_count', c.followers_count, coalesce(r.n, 0)),
                           ('followees_count', c.followees_count, coalesce(e.n, 0)),
                           ('favorites_count', c.favorites_count, coalesce(f.n, 0))) AS d(name, counted, rows)
WHERE d.counted IS DISTINCT FROM d.rows;

SELECT * FROM differences ORDER BY counter, user_id, tweet_id;
SELECT count(*) AS differing, count(*) > 0 AS differ FROM differences \gset

\if :repair
    -- A missing counter is made first, so that there is something to lock.
    INSERT INTO tweet_counters (user_id, tweet_id, favorites_count)
    SELECT user_id, tweet_id, rows FROM differences WHERE counted IS NULL AND tweet_id IS NOT NULL ORDER BY 2, 1 ON CONFLICT DO NOTHING;
    INSERT INTO user_counters (user_id)
    SELECT DISTINCT user_id FROM differences WHERE counted IS NULL AND tweet_id IS NULL ORDER BY 1 ON CONFLICT DO NOTHING;

    \o /dev/null
    SELECT FROM tweet_counters c JOIN differences d USING (user_id, tweet_id)
    ORDER BY c.tweet_id, c.user_id FOR UPDATE OF c;
    SELECT FROM user_counters c WHERE c.user_id IN (SELECT user_id FROM differences WHERE tweet_id IS NULL)
    ORDER BY c.user_id FOR UPDATE OF c;
    \o

    DELETE FROM tweet_counters c USING differences d
    WHERE (d.user_id, d.tweet_id) = (c.user_id, c.tweet_id)
      AND NOT EXISTS (SELECT FROM favorites f WHERE (f.tweet_user_id, f.tweet_id) = (c.user_id, c.tweet_id));

    UPDATE tweet_counters c
    SET favorites_count = (SELECT count(*) FROM favorites f WHERE (f.tweet_user_id, f.tweet_id) = (c.user_id, c.tweet_id))
    FROM differences d WHERE (d.user_id, d.tweet_id) = (c.user_id, c.tweet_id);

    UPDATE user_counters c
    SET tweets_count = (SELECT count(*) FROM tweets t WHERE t.user_id = c.user_id),
        followers_count = (SELECT count(*) FROM connections r WHERE r.followee_id = c.user_id),
        followees_count = (SELECT count(*) FROM connections e WHERE e.follower_id = c.user_id),
        favorites_count = (SELECT count(*) FROM favorites f WHERE f.user_id = c.user_id)
    WHERE c.user_id IN (SELECT user_id FROM differences WHERE tweet_id IS NULL);

    COMMIT;
    \echo :differing counters repaired
\elif :differ
    ROLLBACK;
    \warn :differing counters differ from their rows; -v repair=on sets them right
    DO $$ BEGIN RAISE EXCEPTION 'counters differ'; END $$;  -- for the exit status
\else
    COMMIT;
    \echo 'all counters equal their rows'
\endif
