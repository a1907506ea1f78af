"""What the backends were asked, read from PostgreSQL's log, memcached's `stats` and the server's /metrics."""
import re
import time

import psycopg2

STATEMENT = re.compile(r"^(\d+) LOG:  (?:execute ([^:]+)|statement): ?(.*)$", re.M)
LITERAL = re.compile(r"'(?:[^']|'')*'")
QUIET = 0.05   # seconds in which a fill of memcached, for which no request waits, has arrived


class StatementLog:
    """Every message to PostgreSQL that ran SQL. What servers ask by themselves, now and then, is left out."""

    def __init__(self, postgres):
        self.log = postgres.log
        connection = psycopg2.connect(postgres.conninfo("postgres", "postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            for setting in ("log_statement = 'all'", "log_line_prefix = '%p '"):
                cursor.execute(f"ALTER SYSTEM SET {setting}")
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        self.background = set()

    def learn_background(self, seconds=1):
        """Sessions that send while no request is under way."""
        begin = self.position()
        time.sleep(seconds)
        self.background = {session for session, _, _ in STATEMENT.findall(self.text(begin))}

    def position(self):
        return self.log.stat().st_size

    def text(self, begin):
        with open(self.log, "rb") as log:
            log.seek(begin)
            return log.read().decode("utf-8", "replace")

    def messages(self, begin):
        """The statements of each message since: [["users_by_id"], ["BEGIN", ...], ...]"""
        return [[prepared] if prepared else names(sql) for session, prepared, sql in STATEMENT.findall(self.text(begin))
                if session not in self.background]


def names(sql):
    """Of the statements of a simple query: the prepared one it executes, or its first word."""
    parts = [part.split() for part in LITERAL.sub("''", sql).split(";")]
    return [re.match(r"\w+", words[1])[0] if words[0] == "EXECUTE" else words[0] for words in parts if words]


def commands(memory):
    return {name: count for name, count in memory.stats().items() if name.startswith("cmd_")}


class Counters:
    """counters.during(act) -> ({column: count}, the statements), once what the act began has ended."""

    def __init__(self, stack, memory, api):
        self.memory, self.api = memory, api
        self.statements = StatementLog(stack.postgres)
        api.get("/api/users/nobody")   # the connection for reads is there now, its statements prepared
        self.statements.learn_background()

    def during(self, act):
        self.settle()
        begin, before = self.statements.position(), self.read()
        act()
        self.settle()
        after, messages = self.read(), self.statements.messages(begin)
        statements = [name for message in messages for name in message]
        return {"SQL statements": len(statements), "SQL messages": len(messages),
                **{column: after[column] - before[column] for column in after}}, statements

    def read(self):
        metrics = self.api.get("/metrics").body.decode()
        stats = commands(self.memory)

        def metric(name):
            return float(re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.M)[1])

        return {"keys read": metric('linnet_database_read_keys_total{from="primary"}'),
                "commits": metric("linnet_database_commits_total"),
                "memcached trips": metric("linnet_memcached_round_trips_total"),
                "memcached gets": stats["cmd_get"], "memcached sets": stats["cmd_set"],
                "kept answers": metric("linnet_kept_answers_total"),
                "memory hits": metric('linnet_cache_lookups_total{level="memory",outcome="hit"}')}

    def settle(self):
        last = None
        while last != (last := commands(self.memory)):
            time.sleep(QUIET)
