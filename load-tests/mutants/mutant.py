"""A mutant: a patch in this folder, which begins with what it breaks, and which net must catch it: the checker in a scene, by one of some
rules, or tests by their command (nets.py).

    The fill of memcached is a plain set ... (a paragraph, for people)

    Scene: slow_database
    Caught by: read_your_writes, counters
    --- a/server/...

or, instead of these two lines, one of

    Net: pytest server/tests/generated -k page_is_what
    Net: fuzz parser
    Net: unit [ticket]

Settings of the environment may stand before the first word: `Net: LINNET_RACE_TIMES=10 pytest ...`.
"""
import shlex
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DIFF = "\n--- a/"


@dataclass
class Mutant:
    """`rules`: by any of these of the checker's it is found; `scene`: a key of SCENES. Both are empty where `net` is the words of a command."""
    name: str
    path: Path
    about: str
    scene: str
    rules: frozenset
    net: tuple


def every_mutant():
    """In the order of their numbers."""
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]


def read(path):
    head = path.read_text("utf-8").partition(DIFF)[0].strip()
    about, _, fields = head.partition("\n\n")
    values = dict(line.split(": ", 1) for line in fields.splitlines())
    rules = frozenset(rule.strip() for rule in values["Caught by"].split(",")) if "Caught by" in values else frozenset()
    return Mutant(path.stem, path, " ".join(about.split()), values.get("Scene", ""), rules, tuple(shlex.split(values.get("Net", ""))))
