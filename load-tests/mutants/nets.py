"""The nets that are tests: each runs in the tree of the mutant, against what is built there, and catches it if a test fails.

A command that ends otherwise, because nothing was built or no test was found, say, catches nothing.
"""
import json
import os
import subprocess
import time

LIMIT = 600   # seconds that a net may take, without the build
TARGETS = {"pytest": ("release", "linnet-server"), "unit": ("release", "linnet-unit-tests"), "fuzz": ("fuzz", "all")}


def kind_of(net):
    """Its first word that is no setting."""
    return next(word for word in net if "=" not in word)


def command_of(net, root):
    """(words, settings) of the command, in the tree at `root`."""
    settings = dict(word.split("=", 1) for word in net[:net.index(kind_of(net))])
    words = net[net.index(kind_of(net)) + 1:]
    server = root / "build" / "release" / "server"
    return {
        "pytest": ["/usr/bin/python3", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=short", "--show-capture=no", *words],
        "unit": [server / "linnet-unit-tests", *words],
        "fuzz": ["server/tests/fuzz/run", "--seconds", "60", *words],
    }[kind_of(net)], {"LINNET_SERVER": str(server / "linnet-server"), **settings}


def cast(tree, name, net, patch=None):
    """The result of one net over the tree with that patch, None: as it is."""
    tree.make(*TARGETS[kind_of(net)], patch=patch)
    words, settings = command_of(list(net), tree.root)
    begin = time.monotonic()
    try:
        done = subprocess.run(words, cwd=tree.root, env={**os.environ, **settings}, timeout=LIMIT, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        code, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        code, output = None, (late.stdout or b"").decode("utf-8", "replace")
    caught = code == 1 if kind_of(net) != "unit" else code is not None and code > 0 and "failed" in output
    passed = caught if patch else code == 0
    result = {"server": name, "scene": " ".join(net), "caught_by": kind_of(net) if caught else None, "passed": passed,
              "after_s": round(time.monotonic() - begin, 1), "faults": [] if passed else [f"ended with {code}"]}
    print(f"{name}: {json.dumps(result)}")
    print("\n".join(output.splitlines()[-40:]), flush=True)
    return result
