"""Whatever the server prepares, and whatever PostgreSQL runs for a foreign key, has an index."""
import re

import pytest

from plans.explain import Session
from plans.queries import CASES
from plans.writes import WRITES

SAMPLES = {"text": "x", "bytea": "\\x00", "boolean": "t", "bool": "t", "interval": "1 day",
           "timestamptz": "2026-05-01 00:00:00+00", "timestamp with time zone": "2026-05-01 00:00:00+00"}

FOREIGN_KEYS = """
SELECT conname, conrelid::regclass, array_agg(attname::text ORDER BY n), array_agg(format_type(atttypid, NULL) ORDER BY n)
FROM pg_constraint, unnest(conkey) WITH ORDINALITY AS k(attnum, n) JOIN pg_attribute USING (attnum)
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND attrelid = conrelid GROUP BY 1, 2 ORDER BY 1"""


def sample_of(type_name):
    element = type_name.removesuffix("[]").strip()
    value = SAMPLES.get(element, "1")
    return [value] * 3 if type_name.endswith("[]") else value


def plans_of(session, statements):
    return {name: session.plan(name, [sample_of(t) for t in s["types"]]) for name, s in statements.items()}


# Two indexes with the same rows at the same cost: for all followees of a user, in any order; for one tweet by author and id.
EITHER = {"connections_pkey": "connections_followees", "tweets_id": "tweets_pkey"}
TAKE_EITHER = {"timeline_page", "clean_user_connections", "delete_tweet_lock", "delete_tweet",
               "favorite_tweet_lock", "favorite_tweet"}


def indexes(plans):
    return {name: {EITHER.get(index, index) if name in TAKE_EITHER else index for index in plan.indexes} for name, plan in plans.items()}


# Of an outbox what came since a moment is read or deleted: PostgreSQL expects a third of it, whatever the moment.
EMPTY = {"deleted_users", "deleted_tweets"}   # most of the time, and then a scan is no worse
OUTBOX = {"cache_changes_since", "replica_cache_changes", "forget_cache_changes"}


def test_no_statement_needs_a_scan(town, statements):
    """Were PostgreSQL free to choose, it would still take an index for each table."""
    statements = {name: statement for name, statement in statements.items() if name not in OUTBOX}
    session = Session(town.conninfo("linnet_app"), statements)
    session.run("SET enable_seqscan = on")
    session.run("SET enable_bitmapscan = on")
    scans = [plan.text for plan in plans_of(session, statements).values() if plan.scanned - EMPTY]
    session.close()
    assert not scans, "\n\n".join(scans)


def test_plans_on_an_empty_database_are_the_same(town, session, statements):
    """Those of a server that starts with the first user last until the tables are analyzed: they must do by then."""
    town.execute("postgres", "DROP DATABASE IF EXISTS empty")
    town.deploy("empty")
    empty = Session(town.conninfo("linnet_app", "empty"), statements)
    try:
        plans = plans_of(empty, statements)
        early, late = indexes(plans), indexes(plans_of(session, statements))
        differ = {name: (early[name], late[name]) for name in statements if early[name] != late[name] or plans[name].scanned}
        assert not differ
    finally:
        empty.close()
        town.execute("postgres", "DROP DATABASE empty")


def test_every_read_and_every_batched_write_has_a_case(statements):
    writes = re.compile(r"\b(INSERT|UPDATE|DELETE|SHARE|nextval|pg_notify|\w*advisory_xact_lock)\b")
    reads = {name for name, statement in statements.items() if not writes.search(statement["sql"])}
    assert reads == {case.statement for case in CASES}
    batched = {name for name in statements.keys() - reads if any("[]" in t for t in statements[name]["types"])}
    assert batched == {case.statement for case in WRITES}


@pytest.fixture(scope="module")
def owner(town):
    session = Session(town.conninfo("linnet_owner"))
    session.run("SET plan_cache_mode = force_generic_plan")
    yield session
    session.close()


def test_cascades_find_their_rows_by_an_index(owner):
    keys = owner.run(FOREIGN_KEYS)
    assert len(keys) == 2
    for name, table, columns, types in keys:
        match = " AND ".join(f"{column} = ${i}" for i, column in enumerate(columns, 1))
        owner.prepare(name, types, f"DELETE FROM ONLY {table} WHERE {match}")  # what the trigger of the key runs
        plan = owner.plan(name, [1] * len(columns))
        assert not plan.scanned and plan.indexes, f"{name} has no index\n{plan.text}"
