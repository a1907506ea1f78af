"""Whatever the server prepares, and whatever PostgreSQL runs for a foreign key, has an index."""
import re

import pytest

from plans.explain import Session
from plans.queries import CASES

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


def test_no_statement_scans_a_table(session, statements):
    scans = {}
    for name, statement in statements.items():
        plan = session.plan(name, [sample_of(t) for t in statement["types"]])
        if plan.scanned:
            scans[name] = plan.text
    assert not scans, "\n\n".join(scans.values())


def test_every_read_has_a_case(statements):
    reads = {name for name, statement in statements.items()
             if re.match(r"\s*(SELECT|WITH)\b", statement["sql"]) and not re.search(r"\b(INSERT|UPDATE|DELETE|nextval)\b", statement["sql"])}
    assert reads == {case.statement for case in CASES}


@pytest.fixture(scope="module")
def owner(town):
    session = Session(town.conninfo("linnet_owner"))
    session.run("SET plan_cache_mode = force_generic_plan")
    yield session
    session.close()


def test_cascades_find_their_rows_by_an_index(owner):
    keys = owner.run(FOREIGN_KEYS)
    assert len(keys) == 9
    for name, table, columns, types in keys:
        match = " AND ".join(f"{column} = ${i}" for i, column in enumerate(columns, 1))
        owner.prepare(name, types, f"DELETE FROM ONLY {table} WHERE {match}")  # what the trigger of the key runs
        plan = owner.plan(name, [1] * len(columns))
        assert not plan.scanned and plan.indexes, f"{name} has no index\n{plan.text}"
