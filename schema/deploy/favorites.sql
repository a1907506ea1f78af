-- Deploy linnet:favorites to pg
-- requires: tweets

BEGIN;

-- tweet_user_id, the author, is what makes the tweet reachable by its key. The primary key carries the other columns,
-- so that looking at one favorite never seems cheaper by walking all of a viral tweet's. No foreign keys: see tweets.
CREATE TABLE favorites (
    tweet_id      bigint      NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    user_id       integer     NOT NULL,
    tweet_user_id integer     NOT NULL,
    PRIMARY KEY (user_id, tweet_id) INCLUDE (created_at, tweet_user_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);  -- index-only scans need a fresh visibility map

-- A user's favorites lie all over the table: without the author in both indexes a page costs a heap page for
-- each of its items.
CREATE INDEX favorites_of_user ON favorites (user_id, created_at DESC, tweet_id DESC) INCLUDE (tweet_user_id);

-- Also finds what to delete with a tweet.
CREATE INDEX favorites_of_tweet ON favorites (tweet_id, created_at DESC, user_id DESC);

COMMENT ON TABLE  favorites               IS 'user_id favorited the tweet (tweet_user_id, tweet_id) at created_at.';
COMMENT ON COLUMN favorites.tweet_user_id IS 'The author of the tweet.';

GRANT SELECT, INSERT, UPDATE, DELETE ON favorites TO linnet_app;

COMMIT;
