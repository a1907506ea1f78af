-- Verify linnet:roles on pg

BEGIN;

DO $$
BEGIN
    ASSERT has_database_privilege('linnet_app', current_database(), 'CONNECT'), 'linnet_app cannot connect';
    ASSERT has_schema_privilege('linnet_app', 'public', 'USAGE'), 'linnet_app cannot use the schema';
    ASSERT NOT has_schema_privilege('linnet_app', 'public', 'CREATE'), 'linnet_app can create tables';
    ASSERT NOT has_database_privilege('linnet_app', current_database(), 'TEMPORARY'), 'linnet_app can create temporary tables';
END $$;

ROLLBACK;
