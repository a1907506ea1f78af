-- Deploy linnet:roles to pg
--
-- Two roles. The one that runs sqitch owns every object: linnet_owner, the owner of the database, with
-- CREATEROLE (a superuser does as well). The servers connect as linnet_app, which reads and writes rows and
-- nothing else: no DDL, no TRUNCATE, not even temporary tables.
-- Roles belong to the whole cluster, so linnet_app may exist already, made for another database or by hand.
-- It is created without a password: pg_hba.conf or ALTER ROLE says how it logs in.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'linnet_app') THEN
        CREATE ROLE linnet_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this cluster was deployed at the same moment
END $$;

DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO linnet_app', current_database());
END $$;

-- Every statement of the servers is prepared once and run with arrays of keys of any length, in ranges of indexes:
-- one plan fits all, compiling it never pays, and a bitmap scan would read all of an author's rows to sort out twenty.
DO $$
BEGIN
    EXECUTE format('ALTER ROLE linnet_app IN DATABASE %I SET plan_cache_mode = force_generic_plan', current_database());
    EXECUTE format('ALTER ROLE linnet_app IN DATABASE %I SET enable_bitmapscan = off', current_database());
    EXECUTE format('ALTER ROLE linnet_app IN DATABASE %I SET jit = off', current_database());
END $$;

GRANT USAGE ON SCHEMA public TO linnet_app;

COMMIT;
