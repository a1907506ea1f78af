-- Deploy linnet:list_lengths to pg
-- requires: sessions connections favorites idempotency_keys

BEGIN;

-- PostgreSQL plans for a list of average length. Where most lists are short, PostgreSQL would read a long list whole, and
-- then sort or filter it: a page, or one entry, would cost as much as the list. This change tells PostgreSQL how long a list
-- is, whatever the rows say: a user's list has 200 entries (the notes have 200 connections for each user), the favorites of
-- a tweet are 20. A negative n_distinct is the number of lists for each row. It counts from the next ANALYZE on, which
-- autovacuum runs.
ALTER TABLE tweets           ALTER user_id     SET (n_distinct = -0.005);
ALTER TABLE tweet_counters   ALTER user_id     SET (n_distinct = -0.005);
ALTER TABLE connections      ALTER follower_id SET (n_distinct = -0.005), ALTER followee_id SET (n_distinct = -0.005);
ALTER TABLE favorites        ALTER user_id     SET (n_distinct = -0.005), ALTER tweet_id    SET (n_distinct = -0.05);
ALTER TABLE sessions         ALTER user_id     SET (n_distinct = -0.005);
ALTER TABLE idempotency_keys ALTER user_id     SET (n_distinct = -0.005);

COMMIT;
