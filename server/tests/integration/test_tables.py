"""docs/operations.md says of every table what empties it."""
import re
from pathlib import Path

OPERATIONS = Path(__file__).resolve().parents[3] / "docs/operations.md"


def test_operations_names_every_table_and_no_other(query):
    section = OPERATIONS.read_text("utf-8").partition("## What grows, and what empties it\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$", section, re.MULTILINE)
    assert all(cell.strip() for row in rows for cell in row)
    tables = query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')")
    assert sorted(name for name, *_ in rows) == sorted(name for name, in tables)
