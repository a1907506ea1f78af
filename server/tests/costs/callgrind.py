"""Counts what the threads of a server execute, by valgrind's callgrind. See also `man callgrind_annotate`."""
import re
import subprocess

# Memory for coroutines comes from malloc in the end, aligned or not; jemalloc has an operator new of its own.
ALLOCATION = re.compile(r"^cfn=(?:malloc|calloc|realloc|aligned_alloc|operator new\(.*\))(?:@.*)?\ncalls=(\d+)", re.M)


class Callgrind:
    def __init__(self, folder):
        self.folder = folder
        self.command = ["valgrind", "--tool=callgrind", "--quiet", "--separate-threads=yes", "--compress-strings=no",
                        f"--callgrind-out-file={folder}/out"]

    def during(self, server, act):
        """[(instructions, allocations)] of each thread."""
        self.control(server, "--zero")
        for old in self.folder.iterdir():
            old.unlink()
        act()
        self.control(server, "--dump")
        threads = [file.read_text() for file in self.folder.glob("out.*")]
        assert threads, "callgrind has dumped nothing"
        return [(int(re.search(r"^summary: (\d+)", text, re.M)[1]), sum(map(int, ALLOCATION.findall(text)))) for text in threads]

    def control(self, server, what):
        done = subprocess.run(["callgrind_control", what, str(server.pid)], capture_output=True, text=True)
        assert done.returncode == 0 and "OK" in done.stdout, f"callgrind_control {what}: {done.stdout}{done.stderr}"
