\ir _begin.psql
SELECT plan(5);

SELECT is(pg_temp.as_app($$ WITH left_to_clean AS (INSERT INTO deleted_users (user_id) VALUES (-1)) DELETE FROM users WHERE id = -1 $$), 1::bigint,
          'linnet_app deletes a user, and notes that rows are left');
SELECT results_eq($$ SELECT followers_before, favorites_after, tweets_after FROM deleted_users WHERE user_id = -1 $$,
                  $$ VALUES ('infinity'::timestamptz, 0::bigint, 0::bigint) $$, 'of which none is cleaned');
SELECT is(pg_temp.as_app($$ INSERT INTO deleted_tweets (tweet_id, user_id) VALUES (1, -2) $$), 1::bigint, 'a tweet likewise');
SELECT throws_ok($$ INSERT INTO deleted_tweets (tweet_id, user_id) VALUES (1, -3) $$, '23505', NULL, 'once');
SELECT is(pg_temp.as_app($$ DELETE FROM deleted_users WHERE user_id = -1 $$), 1::bigint, 'and notes when they are complete');

SELECT * FROM finish();
ROLLBACK;
