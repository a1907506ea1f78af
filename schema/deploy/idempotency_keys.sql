-- Deploy linnet:idempotency_keys to pg
-- requires: users

BEGIN;

-- No foreign key: see tweets.
CREATE TABLE idempotency_keys (
    user_id      integer     NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    key          text        COLLATE "C" NOT NULL CHECK (key ~ '^[!-~]{1,255}$'),
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) BETWEEN 16 AND 64),
    response     text,
    PRIMARY KEY (user_id, key)
);

CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

COMMENT ON TABLE  idempotency_keys              IS 'What a POST with an Idempotency-Key was answered, written in the transaction of its effect; kept for a day.';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'Tells a repeated request from another one with the same key.';
COMMENT ON COLUMN idempotency_keys.response     IS 'The first answer, to be repeated; null while there is none.';
COMMENT ON INDEX  idempotency_keys_created_at   IS 'For purging.';

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO linnet_app;

COMMIT;
