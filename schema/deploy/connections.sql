-- Deploy linnet:connections to pg
-- requires: users

BEGIN;

-- The key carries created_at, so that looking at one connection never seems cheaper by walking all of somebody's
-- in an index that happens to hold the time. No foreign keys: see tweets.
CREATE TABLE connections (
    follower_id integer     NOT NULL,
    followee_id integer     NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (follower_id, followee_id) INCLUDE (created_at),
    CHECK (follower_id <> followee_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);  -- index-only scans need a fresh visibility map

-- Each list is one range of its index, newest first; the second id makes the order total for cursors.
CREATE INDEX connections_followers ON connections (followee_id, created_at DESC, follower_id DESC);
CREATE INDEX connections_followees ON connections (follower_id, created_at DESC, followee_id DESC);

COMMENT ON TABLE connections IS 'follower_id follows followee_id since created_at.';

GRANT SELECT, INSERT, UPDATE, DELETE ON connections TO linnet_app;

COMMIT;
