-- Verify linnet:idempotency_keys on pg

BEGIN;

SELECT user_id, created_at, key, request_hash, response FROM idempotency_keys WHERE false;
SELECT 'idempotency_keys_created_at'::regclass;

ROLLBACK;
