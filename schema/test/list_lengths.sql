\ir _begin.psql
SELECT plan(1);

-- Whoever owns a list begins the key of an index that has the list in order: of `tweets_id` that is no list's owner.
SELECT set_eq($$
    SELECT attrelid::regclass || '.' || attname FROM pg_attribute WHERE attoptions::text LIKE '{n_distinct=-0.%}'
$$, $$
    SELECT a.attrelid::regclass || '.' || a.attname FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE c.relnamespace = 'public'::regnamespace AND i.indnkeyatts > 1 AND i.indexrelid <> 'tweets_id'::regclass
$$, 'every list has a length');

SELECT * FROM finish();
ROLLBACK;
