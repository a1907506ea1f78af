-- One follow, never the same twice, spread over all users.
\set n :n + 1
\set i :first + :n * 64 + :client_id
\set user 1 + permute(:i % :users, :users)
\set other 1 + (:user + permute((:i + :i / :users) % (:users - 1), :users - 1, 42)) % :users
INSERT INTO connections (follower_id, followee_id) VALUES (:user, :other)
ON CONFLICT DO NOTHING;
