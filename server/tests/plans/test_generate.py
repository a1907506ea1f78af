"""load-tests/data/generate: the same arguments, the same rows; and the schema is afterwards what it was."""
import subprocess

import psycopg2
import pytest

SIZES = ["--users", "60", "--tweets", "500", "--connections", "300", "--favorites", "400"]
TABLES = ["users", "user_counters", "tweets", "tweet_counters", "connections", "favorites"]
DEFINITIONS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2, 3"""


@pytest.fixture
def databases(town):
    """One deployed and empty, and another."""
    names = ["one", "another"]
    for name in names:
        town.execute("postgres", f"DROP DATABASE IF EXISTS {name}")
        town.deploy(name)
    yield names
    for name in names:
        town.execute("postgres", f"DROP DATABASE {name}")


def rows(town, database, query):
    connection = psycopg2.connect(town.conninfo("postgres", database))
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = cursor.fetchall()
    connection.close()
    return found


def contents(town, database):
    return {table: sorted(rows(town, database, f"SELECT t::text FROM {table} t")) for table in TABLES}


def test_rows_follow_from_the_arguments(town, databases):
    one, another = databases
    town.generate(one, *SIZES)
    town.generate(another, *SIZES)
    assert contents(town, one) == contents(town, another)
    counts = {table: len(found) for table, found in contents(town, one).items()}
    assert counts == {"users": 60, "user_counters": 60, "tweets": 500, "tweet_counters": 200, "connections": 300, "favorites": 400}


def test_another_seed_gives_other_rows(town, databases):
    one, another = databases
    town.generate(one, *SIZES)
    town.generate(another, *SIZES, "--seed", "2")
    first, second = contents(town, one), contents(town, another)
    assert all(first[table] != second[table] for table in TABLES)


def test_the_schema_is_as_before_and_users_can_register(town, databases):
    one, untouched = databases
    town.generate(one, *SIZES)
    assert rows(town, one, DEFINITIONS) == rows(town, untouched, DEFINITIONS)
    assert rows(town, one, "INSERT INTO users (username, password_hash) VALUES ('new', '$argon2id$x') RETURNING id") == [(61,)]


def test_what_fails_changes_nothing(town, databases):
    one, untouched = databases
    town.execute(one, "ALTER TABLE favorites ADD CHECK (created_at < '2026-01-01')")
    before = rows(town, one, DEFINITIONS)
    with pytest.raises(subprocess.CalledProcessError):
        town.generate(one, *SIZES)
    assert rows(town, one, DEFINITIONS) == before
    assert contents(town, one) == contents(town, untouched)


def test_a_database_in_use_is_refused(town, databases):
    one, _ = databases
    town.generate(one, *SIZES)
    before = contents(town, one)
    with pytest.raises(subprocess.CalledProcessError):
        town.generate(one, *SIZES)
    assert contents(town, one) == before
