-- Verify linnet:sessions on pg

BEGIN;

SELECT id, created_at, expires_at, user_id, token_hash FROM sessions WHERE false;
SELECT 'sessions_of_user'::regclass, 'sessions_expires_at'::regclass;

ROLLBACK;
