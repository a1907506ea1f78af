-- Deploy linnet:cache_changes to pg
-- requires: roles

BEGIN;

-- What servers may hold in memory and was changed by a transaction, written by that transaction itself: whoever sees
-- its rows can learn of them here. Servers ask for what came since the last time many times a second.
-- A transaction's number is given out when it begins to write, not when it commits, so a reader asks for those that its
-- last snapshot saw open as well (pg_snapshot_xip).
CREATE TABLE cache_changes (
    xact       xid8    NOT NULL DEFAULT pg_current_xact_id(),
    node       integer NOT NULL,
    keys       bytea   NOT NULL
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

ALTER TABLE cache_changes ALTER COLUMN keys SET STORAGE EXTERNAL;  -- random bytes; compressing them would be in vain

CREATE INDEX cache_changes_xact ON cache_changes (xact);

COMMENT ON TABLE  cache_changes      IS 'The outbox of cache invalidations; servers delete what is older than a minute.';
COMMENT ON COLUMN cache_changes.node IS 'Who wrote it: the node number of a server, and its batch number times 1024.';
COMMENT ON COLUMN cache_changes.keys IS 'Names of cached objects, as server/storage/change_log encodes them.';

GRANT SELECT, INSERT, UPDATE, DELETE ON cache_changes TO linnet_app;

COMMIT;
