-- Revert linnet:roles from pg

BEGIN;

REVOKE USAGE ON SCHEMA public FROM linnet_app;

DO $$
BEGIN
    EXECUTE format('ALTER ROLE linnet_app IN DATABASE %I RESET ALL', current_database());
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM linnet_app', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
END $$;

DO $$
BEGIN
    DROP ROLE linnet_app;
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'linnet_app stays: another database of this cluster uses it';
END $$;

COMMIT;
