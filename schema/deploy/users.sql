-- Deploy linnet:users to pg
-- requires: roles

BEGIN;

CREATE TABLE users (
    id            integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username      text        COLLATE "C" NOT NULL CHECK (username ~ '^[A-Za-z0-9_]{1,15}$'),
    first_name    text        NOT NULL DEFAULT '' CHECK (char_length(first_name) <= 50),
    last_name     text        NOT NULL DEFAULT '' CHECK (char_length(last_name) <= 50),
    description   text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 160),
    password_hash text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- Unique without regard to case and the way every request finds its user. Names are ASCII, so lower() under
-- "C" is the whole of case folding here and no change of the C library's locales can corrupt the index.
CREATE UNIQUE INDEX users_username ON users (lower(username));

COMMENT ON TABLE  users               IS 'An account. Its counters live in user_counters.';
COMMENT ON COLUMN users.username      IS 'As registered; compare lower(username).';
COMMENT ON COLUMN users.password_hash IS 'PHC string of argon2id; the salt is part of it.';

-- Apart from users, so that a celebrity's thousand follows a second rewrite 40 bytes and touch no index (HOT):
-- no column but the key may ever be indexed, and a page keeps room for new versions.
CREATE TABLE user_counters (
    user_id         integer PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    tweets_count    integer NOT NULL DEFAULT 0 CHECK (tweets_count >= 0),
    followers_count integer NOT NULL DEFAULT 0 CHECK (followers_count >= 0),
    followees_count integer NOT NULL DEFAULT 0 CHECK (followees_count >= 0),
    favorites_count integer NOT NULL DEFAULT 0 CHECK (favorites_count >= 0)
) WITH (fillfactor = 70);

COMMENT ON TABLE  user_counters                 IS 'One row for each user, changed in the transaction of the rows it counts; lock by ascending user_id.';
COMMENT ON COLUMN user_counters.favorites_count IS 'Tweets this user favorited, not favorites received.';

GRANT SELECT, INSERT, UPDATE, DELETE ON users, user_counters TO linnet_app;

COMMIT;
