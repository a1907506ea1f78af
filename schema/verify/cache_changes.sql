-- Verify linnet:cache_changes on pg

BEGIN;

SELECT xact, node, keys FROM cache_changes WHERE false;
SELECT 1 / count(*) FROM pg_indexes WHERE schemaname = 'public' AND indexname = 'cache_changes_xact';

ROLLBACK;
