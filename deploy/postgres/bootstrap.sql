-- What sqitch can't make, because it works within a database and as its owner. May run any number of times.

\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

SELECT 'CREATE ROLE linnet_owner LOGIN CREATEROLE'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'linnet_owner') \gexec
SELECT 'CREATE ROLE linnet_app LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'linnet_app') \gexec

ALTER ROLE linnet_owner PASSWORD :'owner_password';
ALTER ROLE linnet_app PASSWORD :'app_password';

SELECT 'CREATE DATABASE linnet OWNER linnet_owner TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C.UTF-8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'linnet') \gexec
