"""The counts as tables, for people: on the terminal and in docs/performance.md."""

from pathlib import Path

from .profile import OTHERS, POSTGRES_PARTS, SERVER_PARTS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/performance.md"
BEGIN, END = "<!-- counts -->\n", "<!-- /counts -->"
PROCESSES = ["server", "PostgreSQL", "memcached"]


def markdown(counted):
    """Of [(row, instructions, syscalls)]."""
    return "\n".join([
        f"Thousands of instructions in user space, and system calls, of one request among those of 64 connections.\n\n{totals(counted)}",
        f"The server's instructions, by whose code they are.\n\n{parts(counted, 'server', SERVER_PARTS)}",
        f"PostgreSQL's, by what they are for.\n\n{parts(counted, 'PostgreSQL', POSTGRES_PARTS)}"])


def totals(counted):
    head = ["", "", "instructions: server", "PostgreSQL", *(f"syscalls: {process}" if process == "server" else process for process in PROCESSES)]
    return table(head, [[row.bar, row.what, *(thousands(sum(instructions[process].values())) if process in instructions else ""
                                              for process in PROCESSES[:2]),
                         *(f"{syscalls[process]:.2f}" if process in syscalls else "" for process in PROCESSES)]
                        for row, instructions, syscalls in counted])


def parts(counted, process, names):
    names = [*names, OTHERS]
    return table(["", "", *names], [[row.bar, row.what, *(thousands(instructions[process][name]) for name in names)]
                                    for row, instructions, _ in counted if process in instructions])


def table(head, rows):
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *rows))


def thousands(count):
    """What a request does less than the system by itself, by chance, is nothing."""
    return f"{max(count, 0) / 1000:.1f}"


def write_document(text, path=DOCUMENT):
    before, rest = path.read_text().split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}{text}{END}{after}")
