#!/usr/bin/python3
"""The shell blocks of README and docs, in the order in which a reader meets them.

    deploy/tests/blocks.py            a script that runs all of them, in the checkout where it is started
    deploy/tests/blocks.py --skipped  those that are not run, and why

A block is what stands between ```sh and ```. One that can't run has a line above it: <!-- not run: REASON -->. Each runs in a
shell of its own, and the first command of it that fails ends everything.
"""
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"(?:^<!-- not run: (?P<reason>.+?) -->\n)?^```(?:sh|shell|bash|console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    page: str
    line: int
    text: str
    reason: str | None   # why it is not run


def pages():
    return [REPOSITORY / "README.md", REPOSITORY / "docs/operations.md",
            *sorted(page for page in (REPOSITORY / "docs").rglob("*.md") if page.name != "operations.md")]


def blocks():
    for page in pages():
        text = page.read_text("utf-8")
        for found in FENCE.finditer(text):
            yield Block(str(page.relative_to(REPOSITORY)), text.count("\n", 0, found.start("text")) + 1, found["text"], found["reason"])


def script():
    lines = ["#!/bin/bash", "set -e"]
    for block in blocks():
        if not block.reason:
            name = f"{block.page}:{block.line}"
            lines += [f"echo '== {name}'", f"bash -eo pipefail -c {shlex.quote(block.text)} || {{ echo 'FAILED: {name}'; exit 1; }}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--skipped" in sys.argv:
        print(*(f"{block.page}:{block.line}: {block.reason}" for block in blocks() if block.reason), sep="\n")
    else:
        print(script(), end="")
