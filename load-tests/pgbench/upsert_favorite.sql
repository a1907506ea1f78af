-- One favorite, never the same twice, spread over all users and a tweet of each (ids 1 .. :users).
\set n :n + 1
\set i :first + :n * 64 + :client_id
\set user 1 + permute(:i % :users, :users)
\set tweet 1 + permute((:i + :i / :users) % :users, :users, 42)
INSERT INTO favorites (tweet_id, created_at, user_id, tweet_user_id) VALUES (:tweet, now(), :user, :tweet)
ON CONFLICT DO NOTHING;
