\ir _begin.psql
SELECT plan(6);

PREPARE follow(integer, integer) AS INSERT INTO connections (follower_id, followee_id) VALUES ($1, $2);

SELECT lives_ok('EXECUTE follow(-1, -2)', 'one follows another');
SELECT lives_ok('EXECUTE follow(-2, -1)', 'and the other way');
SELECT throws_ok('EXECUTE follow(-1, -2)', '23505', NULL, 'once');
SELECT throws_ok('EXECUTE follow(-1, -1)', '23514', NULL, 'nobody follows themselves');
SELECT is_empty($$ SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = 'connections'::regclass $$, 'connections: batches lock what they refer to, no foreign key does it again');
SELECT is((SELECT created_at FROM connections WHERE follower_id = -2), now(), 'created_at is the time of the transaction');

SELECT * FROM finish();
ROLLBACK;
