-- One more favorite on the counter of any of the tweets with ids 1 .. :users.
\set tweet random(1, :users)
INSERT INTO tweet_counters (tweet_id, user_id, favorites_count) VALUES (:tweet, :tweet, 1)
ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = tweet_counters.favorites_count + 1;
