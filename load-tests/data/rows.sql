-- The statements that fill the tables, in this order: `-- table: unit [chunk]` and then one statement, which is run
-- for each chunk of units [:from, :to) until all are done. Rows of a chunk go in by time, not by owner, so that one
-- owner's rows lie apart on disk as they would if they had come one by one. OFFSET 0 has a subquery computed once
-- rather than copied to wherever its columns are used.

-- users: users 100000
INSERT INTO users (id, username, first_name, last_name, description, password_hash, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT i, 'u' || lpad(i::text, 7, '0'), pg_temp.first_name(pg_temp.uniform(i, 11)), pg_temp.last_name(pg_temp.uniform(i, 12)),
       pg_temp.phrase(pg_temp.uniform(i, 13)) || ', ' || pg_temp.phrase(pg_temp.uniform(i, 14)), {password_hash}, born, born
FROM generate_series(1 + :from, :to) AS i,
     LATERAL (SELECT pg_temp.at({tweets_from_ms} - 31536000000 + i * 31536000000 / {users})) AS b(born)
ORDER BY i;

-- tweets: tweets 500000
INSERT INTO tweets (id, created_at, user_id, content)
SELECT pg_temp.tweet_id(i), pg_temp.at(pg_temp.tweet_milliseconds(i)), pg_temp.tweet_author(i),
       rtrim(pg_temp.phrase(pg_temp.uniform(i, 3)) || '. ' || pg_temp.phrase(pg_temp.uniform(i, 4)) || ' '
             || CASE WHEN pg_temp.uniform(i, 5) < 0.7 THEN pg_temp.phrase(pg_temp.uniform(i, 6)) || ' ' || i ELSE '' END)
FROM generate_series(:from, :to - 1) AS i
ORDER BY i;

-- connections: users 50000
INSERT INTO connections (follower_id, followee_id, created_at)
SELECT follower, followee + (followee >= follower)::int,  -- nobody follows themselves
       pg_temp.at({tweets_from_ms} + floor(pg_temp.uniform(follower * 33554432 + followee, 21) * {tweets_span_ms})::bigint) AS at
FROM generate_series(:from, :to - 1) AS r,
     LATERAL (SELECT 1 + pg_temp.shuffled(r, {users}),
                     pg_temp.shared(r + 1, {users}, {connections}) - pg_temp.shared(r, {users}, {connections}) OFFSET 0) AS f(follower, d),
     LATERAL generate_series(0, d - 1) AS j,
     LATERAL (SELECT pg_temp.nth_popular(j, d, {users} - 1, pg_temp.uniform(follower * 33554432 + j, 22)) OFFSET 0) AS e(followee)
ORDER BY at;

-- favorites: favorited 200000
INSERT INTO favorites (tweet_id, created_at, user_id, tweet_user_id)
SELECT pg_temp.tweet_id(tweet),
       pg_temp.at(born + floor(({tweets_from_ms} + {tweets_span_ms} - born) * power(pg_temp.uniform(tweet * 1048576 + j, 31), 3))::bigint) AS at,
       pg_temp.nth_popular(j, d, {users}, pg_temp.uniform(tweet * 1048576 + j, 32)), pg_temp.tweet_author(tweet)
FROM generate_series(:from, :to - 1) AS r,
     LATERAL (SELECT pg_temp.shuffled(r, {tweets}),
                     pg_temp.shared(r + 1, {favorited}, {favorites}) - pg_temp.shared(r, {favorited}, {favorites}) OFFSET 0) AS t(tweet, d),
     LATERAL (SELECT pg_temp.tweet_milliseconds(tweet) OFFSET 0) AS b(born),
     LATERAL generate_series(0, d - 1) AS j
ORDER BY at;

-- tweet_counters: all
INSERT INTO tweet_counters (user_id, tweet_id, favorites_count)
SELECT tweet_user_id, tweet_id, count(*) FROM favorites GROUP BY tweet_user_id, tweet_id ORDER BY min(created_at);

-- user_counters: all
INSERT INTO user_counters (user_id, tweets_count, followers_count, followees_count, favorites_count)
SELECT u.id, coalesce(t.n, 0), coalesce(r.n, 0), coalesce(e.n, 0), coalesce(f.n, 0)
FROM users u
LEFT JOIN (SELECT user_id, count(*) AS n FROM tweets GROUP BY 1) t ON t.user_id = u.id
LEFT JOIN (SELECT followee_id, count(*) AS n FROM connections GROUP BY 1) r ON r.followee_id = u.id
LEFT JOIN (SELECT follower_id, count(*) AS n FROM connections GROUP BY 1) e ON e.follower_id = u.id
LEFT JOIN (SELECT user_id, count(*) AS n FROM favorites GROUP BY 1) f ON f.user_id = u.id
ORDER BY u.id;
