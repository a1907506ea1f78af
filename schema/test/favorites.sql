\ir _begin.psql
SELECT plan(4);

INSERT INTO tweets (id, user_id, content) VALUES (1, -1, 'one');
PREPARE favorite(integer, integer, bigint) AS INSERT INTO favorites (user_id, tweet_user_id, tweet_id) VALUES ($1, $2, $3);

SELECT lives_ok('EXECUTE favorite(-2, -1, 1)', 'a favorite');
SELECT lives_ok('EXECUTE favorite(-1, -1, 1)', 'one of one''s own');
SELECT throws_ok('EXECUTE favorite(-2, -1, 1)', '23505', NULL, 'once');
SELECT is_empty($$ SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = 'favorites'::regclass $$, 'favorites: batches lock what they refer to, no foreign key does it again');

SELECT * FROM finish();
ROLLBACK;
