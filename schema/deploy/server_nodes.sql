-- Deploy linnet:server_nodes to pg
-- requires: roles

BEGIN;

-- Each start of a server takes the next number as the node part of its ids. Two servers share one only when a
-- thousand starts lie between them, which is why the numbers go round.
CREATE SEQUENCE server_nodes AS integer MINVALUE 0 MAXVALUE 1023 START 0 CYCLE;

GRANT USAGE ON SEQUENCE server_nodes TO linnet_app;

COMMIT;
