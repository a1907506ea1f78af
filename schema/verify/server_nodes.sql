-- Verify linnet:server_nodes on pg

BEGIN;

SELECT last_value FROM server_nodes;
DO $$
BEGIN
    ASSERT has_sequence_privilege('linnet_app', 'server_nodes', 'USAGE'), 'linnet_app cannot take a node number';
END $$;

ROLLBACK;
