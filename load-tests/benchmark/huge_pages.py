"""Huge pages for the shared memory of the PostgreSQLs that a run starts, as a dedicated machine would have them.

Without, each of PostgreSQL's processes pays for every page of a large data set that it touches the first time, which
Linnet and its references do alike. Only root can reserve them; without them the benchmark runs all the same, and says so."""

from pathlib import Path

RESERVED = Path("/proc/sys/vm/nr_hugepages")
PAGE_MIB = 2
TOWNS_AT_ONCE = 3  # of P10


def shared_buffers():
    """In MiB, as deploy/lib/postgres.sh sets them."""
    total = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")) // 1024
    return min(max(total // 8, 128), 4096)


class HugePages:
    """In a `with`: reserved meanwhile for the full data; `.reserved` tells whether it worked."""

    def __init__(self, scale):
        self.towns = TOWNS_AT_ONCE if scale == "full" else 0

    def __enter__(self):
        self.before = RESERVED.read_text()
        wanted = self.towns * (shared_buffers() * 21 // 20 // PAGE_MIB + 32)
        try:
            RESERVED.write_text(str(max(wanted, int(self.before))))
        except OSError:
            pass
        self.reserved = self.towns > 0 and int(RESERVED.read_text()) >= wanted
        return self

    def __exit__(self, *_):
        try:
            RESERVED.write_text(self.before)
        except OSError:
            pass
