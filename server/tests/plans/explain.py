"""A database session that runs prepared statements under EXPLAIN, and what their plans say."""
import psycopg2


class Plan:
    """What one run did: the indexes it went through, the tables it scanned whole, the buffers it touched."""

    def __init__(self, text, top):
        self.text, self.indexes, self.scanned, self.nodes = text, set(), set(), set()
        self.rows = top.get("Actual Rows")
        self.buffers = sum(top.get(f"{kind} {what} Blocks", 0) for kind in ("Shared", "Temp")
                           for what in ("Hit", "Read", "Written"))
        self.walk(top)

    def walk(self, node):
        self.nodes.add(node["Node Type"])
        if "Index Name" in node:
            self.indexes.add(node["Index Name"])
        if node["Node Type"] in ("Seq Scan", "Sample Scan"):
            self.scanned.add(node["Relation Name"])
        for child in node.get("Plans", []):
            self.walk(child)


class Session:
    def __init__(self, conninfo, statements={}):
        self.connection = psycopg2.connect(conninfo)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        for name, statement in statements.items():
            self.prepare(name, statement["types"], statement["sql"])

    def close(self):
        self.connection.close()

    def run(self, statement, *values):
        self.cursor.execute(statement, values or None)
        return self.cursor.fetchall() if self.cursor.description else []

    def prepare(self, name, types, sql):
        self.run(f"PREPARE {name}{'(' + ', '.join(types) + ')' if types else ''} AS {sql}")

    def plan(self, name, arguments):
        """How the statement would run; nothing is executed."""
        return self.explain("EXPLAIN (VERBOSE", name, arguments)

    def measure(self, name, arguments):
        """How it ran, the second time: the first one fills this session's caches of the catalog. What it wrote is undone."""
        for _ in range(2):
            self.run("BEGIN")
            try:
                plan = self.explain("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF", name, arguments)
            finally:
                self.run("ROLLBACK")
        return plan

    def explain(self, how, name, arguments):
        execute = f"EXECUTE {name}" + (f"({', '.join(map(literal, arguments))})" if arguments else "")
        (top,), = self.run(f"{how}, FORMAT JSON) {execute}")
        return Plan(f"{execute}\n{top}", top[0]["Plan"])


def literal(value):
    """A parameter as the server sends it: in text, arrays in braces."""
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, (list, tuple)) else str(value)
    return "'" + text.replace("'", "''") + "'"
