\ir _begin.psql
SELECT plan(8);

PREPARE follow(integer, integer) AS INSERT INTO connections (follower_id, followee_id) VALUES ($1, $2);

SELECT lives_ok('EXECUTE follow(-1, -2)', 'one follows another');
SELECT lives_ok('EXECUTE follow(-2, -1)', 'and the other way');
SELECT throws_ok('EXECUTE follow(-1, -2)', '23505', NULL, 'once');
SELECT throws_ok('EXECUTE follow(-1, -1)', '23514', NULL, 'nobody follows themselves');
SELECT throws_ok('EXECUTE follow(-4, -1)', '23503', NULL, 'a follower exists');
SELECT throws_ok('EXECUTE follow(-1, -4)', '23503', NULL, 'a followee exists');

EXECUTE follow(-2, -3);
DELETE FROM users WHERE id = -1;
SELECT results_eq($$ SELECT follower_id, followee_id FROM connections WHERE follower_id < 0 $$, $$ VALUES (-2, -3) $$,
                  'a user''s connections of both kinds go with the user, no others');
SELECT is((SELECT created_at FROM connections WHERE follower_id = -2), now(), 'created_at is the time of the transaction');

SELECT * FROM finish();
ROLLBACK;
