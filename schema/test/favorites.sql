\ir _begin.psql
SELECT plan(10);

INSERT INTO tweets (id, user_id, content) VALUES (1, -1, 'one'), (2, -1, 'two'), (3, -2, 'three');
PREPARE favorite(integer, integer, bigint) AS INSERT INTO favorites (user_id, tweet_user_id, tweet_id) VALUES ($1, $2, $3);

SELECT lives_ok('EXECUTE favorite(-2, -1, 1)', 'a favorite');
SELECT lives_ok('EXECUTE favorite(-1, -1, 1)', 'one of one''s own');
SELECT throws_ok('EXECUTE favorite(-2, -1, 1)', '23505', NULL, 'once');
SELECT throws_ok('EXECUTE favorite(-2, -1, 3)', '23503', NULL, 'a tweet is named with its author');
SELECT throws_ok('EXECUTE favorite(-2, -1, 4)', '23503', NULL, 'a tweet exists');
SELECT throws_ok('EXECUTE favorite(-4, -1, 1)', '23503', NULL, 'a user exists');

EXECUTE favorite(-3, -1, 1);
EXECUTE favorite(-3, -1, 2);
EXECUTE favorite(-3, -2, 3);
DELETE FROM tweets WHERE (user_id, id) = (-1, 1);
SELECT results_eq('SELECT user_id, tweet_id FROM favorites WHERE user_id < 0 ORDER BY 2', 'VALUES (-3, 2::bigint), (-3, 3)', 'favorites go with their tweet');
DELETE FROM users WHERE id = -1;
SELECT results_eq('SELECT user_id, tweet_id FROM favorites WHERE user_id < 0', 'VALUES (-3, 3::bigint)', 'with its author');
SELECT results_eq('SELECT id FROM tweets WHERE user_id < 0', 'VALUES (3::bigint)', 'and only with it');
DELETE FROM users WHERE id = -3;
SELECT is_empty('SELECT FROM favorites WHERE user_id < 0', 'and with who favorited');

SELECT * FROM finish();
ROLLBACK;
