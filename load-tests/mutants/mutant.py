"""A mutant: a patch in this folder, which begins with what it breaks, the scene in which that shows, and the rules that must see it.

    The fill of memcached is a plain set ... (a paragraph, for people)

    Scene: slow_database
    Caught by: read_your_writes, counters
    --- a/server/...
"""
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DIFF = "\n--- a/"


@dataclass
class Mutant:
    """`rules`: by any of these of the checker's it is found; `scene`: a key of SCENES."""
    name: str
    path: Path
    about: str
    scene: str
    rules: frozenset


def every_mutant():
    """In the order of their numbers."""
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]


def read(path):
    head = path.read_text("utf-8").partition(DIFF)[0].strip()
    about, _, fields = head.partition("\n\n")
    values = dict(line.split(": ", 1) for line in fields.splitlines())
    rules = frozenset(rule.strip() for rule in values["Caught by"].split(","))
    return Mutant(path.stem, path, " ".join(about.split()), values["Scene"], rules)
