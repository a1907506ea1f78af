"""load-tests/deletion, on a small account: it deletes, watches and tells; what it found is in decision 34."""
import re
import subprocess
from pathlib import Path

LOAD_TESTS = Path(__file__).resolve().parents[1]


def test_it_tells_how_long_it_took_and_what_others_noticed():
    done = subprocess.run([LOAD_TESTS / "deletion", "--followers", "2000", "--tweets", "200", "--seconds", "2"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (r"DELETE of the account: \d+\.\d\d s", r"DELETE of the tweet: \d+\.\d\d s", r"cleaning: \d+ s",
                 r"other clients' requests before: p50 \d+\.\d ms, p99 \d+\.\d ms", r"other clients' requests meanwhile: p50 \d+\.\d ms, p99 \d+\.\d ms",
                 r"memory of the server: \d+ MiB before, \d+ MiB at most"):
        assert re.search(f"^{line}$", done.stdout, re.MULTILINE), done.stdout
