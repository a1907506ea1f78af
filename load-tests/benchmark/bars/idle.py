"""Ten thousand clients that stay connected and silent: P11."""

from pathlib import Path

from ..figures import Line, errors, rates
from ..idle import idle_connections, open_files_allowed
from ..town import username

CONNECTIONS = 10_000


def p11(run):
    if open_files_allowed() < CONNECTIONS + 1000:
        return [Line("P11", f"{CONNECTIONS:,} idle connections", "KiB", [], sense="<=", bound=8, note="ulimit -Hn is too low")]
    town = run.town("dense")
    account, = town.accounts(1)
    path = f"/api/users/{username(1)}"
    world = town.world([account], hot=[username(1)])
    town.stack.restart()
    run.closed("hot_profile", town.url, world, seconds=1)
    before, kernel_before = town.stack.server_memory(), kernel_memory()
    with idle_connections(town.url, path, account, CONNECTIONS, source=2):
        grown, kernel = town.stack.server_memory() - before, kernel_memory() - kernel_before

    def beside(number):
        with idle_connections(town.url, path, account, CONNECTIONS, source=number + 3):
            return run.closed("hot_profile", town.url, world)

    results = run.alternate("P11", linnet=beside, reference=lambda _: run.closed("hot_profile", town.url, world))
    return [
        Line("P11", f"memory of each of {CONNECTIONS:,} idle connections", "KiB", [grown / CONNECTIONS / 1024], sense="<=", bound=8,
             note=f"in the kernel {kernel / CONNECTIONS / 1024:.1f} KiB more, both ends of each"),
        Line("P11", f"hot profile GET beside {CONNECTIONS:,} idle connections", "requests/s", rates(results["linnet"]), rates(results["reference"]),
             "without them", bound=0.9, errors=errors(*results.values())),
    ]


def kernel_memory():
    """Bytes of its small objects, sockets among them."""
    slab, = (int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("Slab:"))
    return slab * 1024
