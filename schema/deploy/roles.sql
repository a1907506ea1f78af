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

-- Every statement of the servers is prepared once per connection and run with arrays of keys, in ranges of indexes:
-- one plan fits all lengths. A scan of a table is never it, but on the empty tables of a new database PostgreSQL would
-- begin with scans and keep them as the tables grow; a bitmap scan reads all of an author's rows to sort out twenty.
-- Joins by hash stay: what deletes a celebrity compares large sets.
DO $$
DECLARE
    setting text;
BEGIN
    FOREACH setting IN ARRAY ARRAY['plan_cache_mode = force_generic_plan', 'jit = off', 'enable_seqscan = off',
                                   'enable_bitmapscan = off'] LOOP
        EXECUTE format('ALTER ROLE linnet_app IN DATABASE %I SET %s', current_database(), setting);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO linnet_app;

COMMIT;
