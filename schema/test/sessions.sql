\ir _begin.psql
SELECT plan(8);

PREPARE add_session(bigint, integer, text, interval) AS
    INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at) VALUES ($1, $2, decode($3, 'hex'), now(), now() + $4);

SELECT lives_ok($$ EXECUTE add_session(1, -1, repeat('aa', 32), '1 day') $$, 'a session');
SELECT lives_ok($$ EXECUTE add_session(2, -1, repeat('bb', 32), '1 day') $$, 'another one of the same user');
SELECT throws_ok($$ EXECUTE add_session(3, -2, repeat('aa', 32), '1 day') $$, '23505', NULL, 'a token is one session''s');
SELECT throws_ok($$ EXECUTE add_session(3, -1, repeat('cc', 31), '1 day') $$, '23514', NULL, 'a hash has 32 bytes');
SELECT throws_ok($$ EXECUTE add_session(3, -1, repeat('cc', 32), '0 s') $$, '23514', NULL, 'a session lasts');
SELECT throws_ok($$ EXECUTE add_session(0, -1, repeat('cc', 32), '1 day') $$, '23514', NULL, 'an id is positive');
SELECT throws_ok($$ EXECUTE add_session(3, -4, repeat('cc', 32), '1 day') $$, '23503', NULL, 'no session without a user');

DELETE FROM users WHERE id = -1;
SELECT is_empty($$ SELECT FROM sessions WHERE user_id = -1 $$, 'sessions end with their user');

SELECT * FROM finish();
ROLLBACK;
