-- Verify linnet:list_lengths on pg

BEGIN;

SELECT 1 / (count(*) = 8)::int FROM pg_attribute WHERE attoptions::text LIKE '{n_distinct=-0.%}' AND attrelid = ANY (
    ARRAY['tweets', 'tweet_counters', 'connections', 'favorites', 'sessions', 'idempotency_keys']::regclass[]);

ROLLBACK;
