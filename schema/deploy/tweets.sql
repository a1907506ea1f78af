-- Deploy linnet:tweets to pg
-- requires: users

BEGIN;

-- The key starts with the author: a tweet is always named by (author, id), so that an author's tweets are one
-- range of one index, on one shard. Ids are time-ordered, so that range is the author's page, newest last.
-- No foreign key, here and wherever writes come in batches: they lock the rows that they refer to, all at once, and
-- deletions take along what refers to theirs. A key would look up and lock each of those rows once more.
CREATE TABLE tweets (
    id         bigint      NOT NULL CHECK (id > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    user_id    integer     NOT NULL,
    content    text        NOT NULL CHECK (char_length(content) BETWEEN 1 AND 140),
    PRIMARY KEY (user_id, id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);  -- index-only scans need a fresh visibility map

-- For tweets asked for by bare id, and for following the newest ones.
CREATE INDEX tweets_id ON tweets (id, user_id);

COMMENT ON TABLE  tweets         IS 'Never updated. Its counter lives in tweet_counters.';
COMMENT ON COLUMN tweets.id      IS 'Made by a server: 41 bits of milliseconds since 2026-01-01 UTC, 10 of node, 12 of sequence.';
COMMENT ON COLUMN tweets.content IS 'NFC, at most 140 code points.';

-- A row is there while somebody favorites the tweet, so this key alone lists an author's tweets that are
-- favorited, newest last. Updates stay HOT: see user_counters.
CREATE TABLE tweet_counters (
    tweet_id        bigint  NOT NULL,
    user_id         integer NOT NULL,
    favorites_count integer NOT NULL CHECK (favorites_count > 0),
    PRIMARY KEY (user_id, tweet_id)
) WITH (fillfactor = 70);

COMMENT ON TABLE  tweet_counters         IS 'Changed in the transaction of the favorites it counts; lock by ascending (user_id, tweet_id), before user_counters.';
COMMENT ON COLUMN tweet_counters.user_id IS 'The author of the tweet.';

GRANT SELECT, INSERT, UPDATE, DELETE ON tweets, tweet_counters TO linnet_app;

COMMIT;
