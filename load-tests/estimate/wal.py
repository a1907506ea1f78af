"""WAL that the server's writes cause: their records, and the images of pages that PostgreSQL adds where a page is changed
for the first time since a checkpoint."""

from itertools import islice

SINCE = """SELECT sum(record_size)::float8, sum(fpi_size)::float8
FROM pg_get_wal_stats(%s::pg_lsn, pg_current_wal_flush_lsn(), false)"""

REQUESTS = 1000      # of the writes whose records are counted
FIRST_TOUCHES = 60   # of those that each follow a checkpoint


def measure(query, client, writes):
    """{alone, batched, images}: bytes of a write's records when it comes alone and with 31 others, and of the images
    when each page that it changes is changed for the first time. `writes` yields requests that all change something."""
    query("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
    alone = records(query, client, list(islice(writes, REQUESTS)), 1)
    batched = records(query, client, list(islice(writes, REQUESTS)), 32)
    images = 0
    for request in islice(writes, FIRST_TOUCHES):
        query("CHECKPOINT")
        images += wal_of(query, client, [request], 1)[1]
    return {"alone": alone, "batched": batched, "images": images / FIRST_TOUCHES}


def records(query, client, requests, at_once):
    return wal_of(query, client, requests, at_once)[0] / len(requests)


def wal_of(query, client, requests, at_once):
    begin = query("SELECT pg_current_wal_insert_lsn()::text")[0][0]
    statuses = client.send_all(requests, at_once)
    assert set(statuses) == {201}, f"not all of these changed something: {set(statuses)}"
    return query(SINCE, begin)[0]
