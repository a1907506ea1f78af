\ir _begin.psql
SELECT * FROM no_plan();

SELECT ok(NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls), 'linnet_app has no power of its own')
FROM pg_roles WHERE rolname = 'linnet_app';
SELECT is_empty($$ SELECT FROM pg_auth_members WHERE member = 'linnet_app'::regrole $$, 'nor by membership');
SELECT is_empty($$ SELECT FROM pg_class WHERE relowner = 'linnet_app'::regrole $$, 'and owns nothing');

SELECT is((SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
           WHERE setrole = 'linnet_app'::regrole AND datname = current_database()),
          ARRAY['plan_cache_mode=force_generic_plan', 'jit=off', 'enable_seqscan=off', 'enable_bitmapscan=off'], 'its sessions plan each statement once, by indexes');

SELECT table_privs_are('public', relname, 'linnet_app', ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], 'rows of ' || relname || ' and nothing else')
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;

INSERT INTO tweets (id, user_id, content) VALUES (1, -1, 'one');
SELECT lives_ok(format('SELECT pg_temp.as_app(%L)', statement), 'linnet_app may ' || statement)
FROM unnest(ARRAY[
    $$INSERT INTO users (username, password_hash) VALUES ('tap_app', '$argon2id$x')$$,
    $$UPDATE user_counters SET tweets_count = 1 WHERE user_id = -1$$,
    $$INSERT INTO favorites (user_id, tweet_user_id, tweet_id) VALUES (-2, -1, 1)$$,
    $$SELECT FROM tweets WHERE user_id = -1 FOR UPDATE$$,
    $$DELETE FROM users WHERE id = -1$$]) AS statement;

SELECT throws_ok(format('SELECT pg_temp.as_app(%L)', statement), '42501', NULL, 'linnet_app may not ' || statement)
FROM unnest(ARRAY[
    'CREATE TABLE t (i integer)', 'CREATE TEMPORARY TABLE t (i integer)', 'CREATE SCHEMA s',
    'CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS ''SELECT 1''', 'CREATE INDEX ON users (created_at)',
    'ALTER TABLE users ADD COLUMN c integer', 'ALTER TABLE users DISABLE TRIGGER ALL', 'DROP TABLE favorites',
    'TRUNCATE favorites', 'CREATE ROLE r', 'SELECT FROM sqitch.changes',
    'SET session_replication_role = replica', 'COPY users TO PROGRAM ''cat''', 'SELECT FROM pg_authid']) AS statement;
SELECT is_empty($$ SELECT FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_schema = 'public'
                   AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r') $$, 'nobody else reads a table');

SELECT * FROM finish();
ROLLBACK;
