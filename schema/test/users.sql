\ir _begin.psql
SELECT plan(27);

PREPARE add_user(text, text, text, text) AS
    INSERT INTO users (username, first_name, last_name, description, password_hash)
    VALUES ($1, $2, $3, $4, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA');
PREPARE add_hash(text) AS INSERT INTO users (username, password_hash) VALUES ('tap_hash', $1);

SELECT lives_ok($$ EXECUTE add_user('A_1', '', '', '') $$, 'a username may mix letters, digits and _');
SELECT lives_ok($$ EXECUTE add_user('tap_45678901234', repeat('é', 50), repeat('字', 50), repeat('🎉', 160)) $$, 'every field may be full, counted in code points');
SELECT throws_ok(format('EXECUTE add_user(%L, %L, %L, %L)', name, '', '', ''), '23514', NULL, 'no username ' || quote_literal(name))
FROM unnest(ARRAY['', 'sixteen_letters_', 'a b', 'a-b', 'naïve', 'имя', E'line\nbreak', E'line\n', 'a%']) AS name;
SELECT throws_ok($$ EXECUTE add_user('tap_x', repeat('a', 51), '', '') $$, '23514', NULL, 'a first name of 51');
SELECT throws_ok($$ EXECUTE add_user('tap_x', '', repeat('a', 51), '') $$, '23514', NULL, 'a last name of 51');
SELECT throws_ok($$ EXECUTE add_user('tap_x', '', '', repeat('a', 161)) $$, '23514', NULL, 'a description of 161');
SELECT throws_ok($$ EXECUTE add_user('tap_x', NULL, '', '') $$, '23502', NULL, 'a name is never null');

SELECT throws_ok($$ EXECUTE add_user('tap_1', '', '', '') $$, '23505', NULL, 'a username is taken without regard to case');
SELECT throws_ok($$ EXECUTE add_user('TAP_1', '', '', '') $$, '23505', NULL, 'in any case');
SELECT is((SELECT username FROM users WHERE lower(username) = 'tap_1'), 'Tap_1', 'and shown as registered');

SELECT throws_ok($$ EXECUTE add_hash('hunter2') $$, '23514', NULL, 'no password in the clear');
SELECT throws_ok($$ EXECUTE add_hash('$2b$12$bcrypt') $$, '23514', NULL, 'no other hash');
SELECT throws_ok($$ EXECUTE add_hash(NULL) $$, '23502', NULL, 'no user without a password');
SELECT throws_ok($$ INSERT INTO users (id, username, password_hash) VALUES (7, 'tap_x', '$argon2id$') $$, '428C9', NULL, 'ids are the database''s to give');

SELECT throws_ok(format('UPDATE user_counters SET %I = -1 WHERE user_id = -1', counter), '23514', NULL, counter || ' is never negative')
FROM unnest(ARRAY['tweets_count', 'followers_count', 'followees_count', 'favorites_count']) AS counter;
SELECT throws_ok($$ INSERT INTO user_counters (user_id) VALUES (-4) $$, '23503', NULL, 'no counters without a user');

SELECT * FROM finish();
ROLLBACK;
