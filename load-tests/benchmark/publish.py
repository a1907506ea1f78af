"""Shows a report: on the terminal, as files, and in docs/performance.md."""

import json
from pathlib import Path

from . import cost
from .figures import from_dict
from .page import QUICK, described, page
from .table import markdown, text

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/performance.md"
COSTS = "Processor time of a request in these runs, in microseconds, by process; and what the cores had for it."
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"


def show(report):
    if report["about"]["quick"]:
        print(QUICK)
    print(text(lines_of(report)))


def write(report, folder):
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder, "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    Path(folder, "report.html").write_text(page(report))
    print(f"\nwritten: {folder}/bench.json, {folder}/report.html")


def write_document(report, path=DOCUMENT):
    """Puts the tables between the markers of the document."""
    before, rest = path.read_text().split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}{described(report['about'])}.\n\n{markdown(lines_of(report))}\n\n"
                    f"{COSTS}\n\n{cost.markdown(report)}\n{END}{after}")


def lines_of(report):
    return [from_dict(line) for line in report["lines"]]
