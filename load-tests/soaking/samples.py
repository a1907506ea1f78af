"""What a system holds at a moment: memory, descriptors, connections, files, and what each table and its indexes take."""
import re
from contextlib import closing
from pathlib import Path

import psycopg2
from benchmark.stack import metric

TABLES = """SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"""
METRICS = {"server: objects in memory": "linnet_memory_entries", "server: client connections": "linnet_http_connections",
           "server: quota subjects": "linnet_quota_subjects"}
MIB = 1 << 20
LEAST_ROWS = 1000   # a smaller table counts as so many rows: its pages are few in any case


def sample(system):
    """{what: value}. Bytes are in MiB; of a table, in bytes for each row that is there. Of several servers, the greatest."""
    with closing(psycopg2.connect(system.postgres.conninfo("postgres"))) as connection, connection.cursor() as cursor:
        return {**of_servers(system), **of_processes(system), **of_database(cursor), **of_files(system.postgres.data)}


def of_servers(system):
    return {what: max(metric(url, name) for url in system.server_urls) for what, name in METRICS.items()}


def of_processes(system):
    servers, memories = [server.pid for server in system.servers], [memory.pid for memory in system.memories]
    return {"server: MiB": max(map(resident, servers)) / MIB, "server: descriptors": max(map(descriptors, servers)),
            "server: threads": max(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in servers),
            "memcached: MiB": max(map(resident, memories)) / MIB, "memcached: descriptors": max(map(descriptors, memories))}


def of_database(cursor):
    cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'linnet_app'")
    found = {"database: connections": cursor.fetchone()[0]}
    cursor.execute(TABLES)
    for table, rows_bytes, index_bytes in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM {table}")
        found[f"{table}: rows"] = rows = cursor.fetchone()[0]
        found[f"{table}: bytes of a row"] = rows_bytes / max(rows, LEAST_ROWS)
        found[f"{table}: bytes of its index entries"] = index_bytes / max(rows, LEAST_ROWS)
    return found


def of_files(data):
    files = [file for file in data.rglob("*") if file.is_file()]
    return {"database: files": len(files), "database: MiB of WAL": sum(map(size_of, (data / "pg_wal").glob("*"))) / MIB,
            "database: MiB of temporary files": sum(map(size_of, data.rglob("pgsql_tmp/*"))) / MIB}


def size_of(file):
    try:
        return file.stat().st_size
    except FileNotFoundError:   # it was removed since it was listed
        return 0


def resident(pid):
    return int(re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE).group(1)) * 1024


def descriptors(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
