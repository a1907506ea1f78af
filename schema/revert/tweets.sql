-- Revert linnet:tweets from pg

BEGIN;

DROP TABLE tweet_counters;
DROP TABLE tweets;

COMMIT;
