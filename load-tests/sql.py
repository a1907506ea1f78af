"""A statement to a database, on a connection and in a transaction of its own."""

from contextlib import closing

import psycopg2


def rows(conninfo, statement, *values):
    """What it returns, if anything."""
    with closing(psycopg2.connect(conninfo)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
