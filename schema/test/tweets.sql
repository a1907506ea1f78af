\ir _begin.psql
SELECT plan(16);

PREPARE tweet(bigint, integer, text) AS INSERT INTO tweets (id, user_id, content) VALUES ($1, $2, $3);
PREPARE count_favorites(integer, bigint, integer) AS INSERT INTO tweet_counters (user_id, tweet_id, favorites_count) VALUES ($1, $2, $3);

SELECT lives_ok($$ EXECUTE tweet(1, -1, 'a') $$, 'a tweet of one code point');
SELECT lives_ok($$ EXECUTE tweet(2, -1, repeat('🎉', 140)) $$, 'a tweet of 140 code points, of four bytes each');
SELECT lives_ok($$ EXECUTE tweet(9223372036854775807, -1, 'last') $$, 'an id takes 63 bits');
SELECT lives_ok($$ EXECUTE tweet(1, -2, 'b') $$, 'a key is the author''s and the id');
SELECT throws_ok($$ EXECUTE tweet(1, -1, 'again') $$, '23505', NULL, 'an author''s id is used once');
SELECT throws_ok($$ EXECUTE tweet(3, -1, '') $$, '23514', NULL, 'no empty tweet');
SELECT throws_ok($$ EXECUTE tweet(3, -1, repeat('a', 141)) $$, '23514', NULL, 'no tweet of 141');
SELECT throws_ok($$ EXECUTE tweet(3, -1, NULL) $$, '23502', NULL, 'no tweet without content');
SELECT throws_ok($$ EXECUTE tweet(0, -1, 'a') $$, '23514', NULL, 'an id is positive');
SELECT is_empty($$ SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = 'tweets'::regclass $$, 'tweets: batches lock what they refer to, no foreign key does it again');

SELECT lives_ok('EXECUTE count_favorites(-1, 1, 5)', 'a counter of a tweet');
SELECT lives_ok('EXECUTE count_favorites(-2, 1, 1)', 'a counter begins with 1');
SELECT throws_ok('EXECUTE count_favorites(-1, 2, 0)', '23514', NULL, 'a counter at 0 is no row');
SELECT throws_ok('EXECUTE count_favorites(-1, 1, 5)', '23505', NULL, 'a tweet has one counter');
SELECT throws_ok('EXECUTE count_favorites(-1, 2, -1)', '23514', NULL, 'a counter is never negative');
SELECT is_empty($$ SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = 'tweet_counters'::regclass $$, 'tweet_counters: batches lock what they refer to, no foreign key does it again');

SELECT * FROM finish();
ROLLBACK;
