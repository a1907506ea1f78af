\ir _begin.psql
SELECT plan(13);

PREPARE keep(integer, text, text) AS
    INSERT INTO idempotency_keys (user_id, key, request_hash) VALUES ($1, $2, decode($3, 'hex'));

SELECT lives_ok($$ EXECUTE keep(-1, 'k', repeat('ab', 32)) $$, 'a key');
SELECT lives_ok($$ EXECUTE keep(-2, 'k', repeat('ab', 32)) $$, 'the same one of another user');
SELECT lives_ok($$ EXECUTE keep(-1, 'K', repeat('ab', 32)) $$, 'its case counts');
SELECT lives_ok($$ EXECUTE keep(-1, repeat('~', 255), repeat('ab', 32)) $$, 'a key of 255');
SELECT throws_ok($$ EXECUTE keep(-1, 'k', repeat('cd', 32)) $$, '23505', NULL, 'a key is kept once');
SELECT throws_ok(format('EXECUTE keep(-1, %L, repeat(%L, 32))', key, 'ab'), '23514', NULL, 'no key ' || quote_literal(left(key, 9)))
FROM unnest(ARRAY['', repeat('a', 256), 'a b', 'é', E'a\n', E'\t']) AS key;
SELECT throws_ok($$ EXECUTE keep(-1, 'x', 'ab') $$, '23514', NULL, 'a hash of one byte is none');
SELECT is_empty($$ SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = 'idempotency_keys'::regclass $$, 'idempotency_keys: batches lock what they refer to, no foreign key does it again');

SELECT * FROM finish();
ROLLBACK;
