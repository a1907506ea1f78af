-- One user by name, the columns of a profile.
\set user random(1, :users)
SELECT u.id, u.username, u.first_name, u.last_name, u.description, u.created_at, u.updated_at,
       c.tweets_count, c.followers_count, c.followees_count, c.favorites_count
FROM users u JOIN user_counters c ON c.user_id = u.id
WHERE lower(u.username) = 'u' || lpad(:user::text, 7, '0');
