-- Deploy linnet:sessions to pg
-- requires: users

BEGIN;

-- Only the SHA-256 of a token is stored: who reads this table can't log in with it.
CREATE TABLE sessions (
    id         bigint      NOT NULL CHECK (id > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    user_id    integer     NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX sessions_of_user ON sessions (user_id, created_at DESC, id DESC);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

COMMENT ON TABLE  sessions            IS 'A login. Revoked by deleting the row.';
COMMENT ON COLUMN sessions.id         IS 'Time-ordered, made by a server; public, unlike the token.';
COMMENT ON COLUMN sessions.token_hash IS 'Hash of the 256 random bits of the bearer token.';
COMMENT ON INDEX  sessions_expires_at IS 'For purging.';

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO linnet_app;

COMMIT;
