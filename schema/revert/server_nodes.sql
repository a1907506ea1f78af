-- Revert linnet:server_nodes from pg

BEGIN;

DROP SEQUENCE server_nodes;

COMMIT;
