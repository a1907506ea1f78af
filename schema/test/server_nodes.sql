\ir _begin.psql
SELECT plan(3);

-- Looked at rather than wound forward: a sequence isn't rolled back, and live servers may count on it.
SELECT results_eq($$ SELECT min_value, max_value, increment_by, cycle FROM pg_sequences WHERE sequencename = 'server_nodes' $$,
                  'VALUES (0::bigint, 1023::bigint, 1::bigint, true)', 'node numbers take 10 bits and go round');
SELECT lives_ok($$ SELECT pg_temp.as_app('SELECT nextval(''server_nodes'')') $$, 'linnet_app takes the next one');
SELECT throws_ok($$ SELECT pg_temp.as_app('SELECT setval(''server_nodes'', 1)') $$, '42501', NULL, 'and can''t set it');

SELECT * FROM finish();
ROLLBACK;
