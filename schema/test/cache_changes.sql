\ir _begin.psql
SELECT plan(3);

SELECT is(pg_temp.as_app($$ INSERT INTO cache_changes (node, keys) VALUES (7, '\x00') $$), 1::bigint, 'linnet_app notes a change');
SELECT results_eq($$ SELECT xact FROM cache_changes WHERE node = 7 $$, $$ SELECT pg_current_xact_id() $$, 'under the number of its transaction');
SELECT is(pg_temp.as_app($$ DELETE FROM cache_changes WHERE node = 7 $$), 1::bigint, 'and clears up');

SELECT * FROM finish();
ROLLBACK;
