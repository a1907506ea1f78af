-- Deploy linnet:deletions to pg
-- requires: tweets

BEGIN;

-- A deleted user or tweet is gone at once: the row in users or tweets is. What refers to the row may be millions of rows.
-- Servers delete these rows afterwards, step by step, and in each step correct the counts of other users and tweets. The row
-- here says how far the steps are: the next step begins there, so that no step reads again what the steps before deleted.
CREATE TABLE deleted_users (
    user_id          integer     PRIMARY KEY,
    deleted_at       timestamptz NOT NULL DEFAULT now(),
    followers_before timestamptz NOT NULL DEFAULT 'infinity',
    favorites_after  bigint      NOT NULL DEFAULT 0,
    tweets_after     bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Only tweets that were favorited are here: nothing refers to another one.
CREATE TABLE deleted_tweets (
    tweet_id         bigint      PRIMARY KEY,
    user_id          integer     NOT NULL,
    deleted_at       timestamptz NOT NULL DEFAULT now(),
    favorites_before timestamptz NOT NULL DEFAULT 'infinity'
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- For the age of the oldest.
CREATE INDEX deleted_users_deleted_at ON deleted_users (deleted_at);
CREATE INDEX deleted_tweets_deleted_at ON deleted_tweets (deleted_at);

COMMENT ON TABLE  deleted_users                   IS 'Users that are gone while some of their rows are left.';
COMMENT ON COLUMN deleted_users.followers_before  IS 'Connections of later followers are deleted.';
COMMENT ON COLUMN deleted_users.favorites_after   IS 'Favorites given to tweets up to this id are deleted.';
COMMENT ON COLUMN deleted_users.tweets_after      IS 'Tweets up to this id are deleted.';
COMMENT ON TABLE  deleted_tweets                  IS 'Tweets that are gone while some of their favorites are left.';
COMMENT ON COLUMN deleted_tweets.user_id          IS 'The author of the tweet.';
COMMENT ON COLUMN deleted_tweets.favorites_before IS 'Later favorites are deleted.';

GRANT SELECT, INSERT, UPDATE, DELETE ON deleted_users, deleted_tweets TO linnet_app;

COMMIT;
