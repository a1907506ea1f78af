-- Revert linnet:list_lengths from pg

BEGIN;

ALTER TABLE tweets           ALTER user_id     RESET (n_distinct);
ALTER TABLE tweet_counters   ALTER user_id     RESET (n_distinct);
ALTER TABLE connections      ALTER follower_id RESET (n_distinct), ALTER followee_id RESET (n_distinct);
ALTER TABLE favorites        ALTER user_id     RESET (n_distinct), ALTER tweet_id    RESET (n_distinct);
ALTER TABLE sessions         ALTER user_id     RESET (n_distinct);
ALTER TABLE idempotency_keys ALTER user_id     RESET (n_distinct);

COMMIT;
