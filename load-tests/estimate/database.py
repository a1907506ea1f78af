"""Bytes of each table and index, for each of their rows."""

SIZES = """
SELECT c.relname, pg_relation_size(c.oid), coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0),
       (SELECT json_object_agg(i.relname, pg_relation_size(i.oid)) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = c.oid)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY (%s)
ORDER BY c.relname"""

# What a user's text takes; the rest of a row has a fixed length.
CONTENT = "SELECT avg(char_length(content))::float8, avg(octet_length(content))::float8 FROM tweets"

INDEXES = """
SELECT i.relname, regexp_replace(pg_get_indexdef(i.oid), '^.* USING ', ''), pg_relation_size(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = %s::regclass"""

TABLES = ["users", "user_counters", "sessions", "connections", "tweets", "tweet_counters", "favorites", "idempotency_keys"]


def rows(query):
    """{table: {rows, heap, indexes: {name: bytes}}} of a database; `query` runs a statement and gives rows. Bytes
    are for each row; TOAST counts as heap. Empty tables are left out."""
    measured = {}
    for table, heap, toast, indexes in query(SIZES, TABLES):
        count = query(f"SELECT count(*) FROM {table}")[0][0]
        if count:
            measured[table] = {"rows": count, "heap": (heap + toast) / count,
                               "indexes": {name: size / count for name, size in sorted((indexes or {}).items())}}
    return measured


def grown_indexes(query, table):
    """{index: bytes a row} as it becomes when rows come one by one in the order in which they lie in the table, as
    they do in service: a bulk load packs indexes, while inserts leave pages that were split."""
    count = query(f"SELECT count(*) FROM {table}")[0][0]
    query(f"CREATE TABLE grown (LIKE {table} INCLUDING ALL)")
    try:
        query(f"INSERT INTO grown OVERRIDING SYSTEM VALUE SELECT * FROM {table}")
        sizes = {definition: size for _, definition, size in query(INDEXES, "grown")}
        return {name: sizes[definition] / count for name, definition, _ in query(INDEXES, table)}
    finally:
        query("DROP TABLE grown")


def content(query):
    """Characters and bytes of a tweet's text, on average."""
    characters, size = query(CONTENT)[0]
    return {"characters": characters, "bytes": size}
