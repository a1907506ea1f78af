"""A copy of the sources to break, with a build folder of its own that stays: only what a patch touches is compiled again."""
import filecmp
import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = ["CMakeLists.txt", "CMakePresets.json", "server", "api", "deploy", "schema", "load-tests"]
NOT_SOURCES = {"__pycache__", "node_modules"}
NINJA_STATUS = "    [%f/%t] "


class Tree:
    """`folder`/tree are the sources and their build, `folder`/servers what was built of them."""

    def __init__(self, folder, jobs=None):
        self.root, self.servers, self.jobs = Path(folder).resolve() / "tree", Path(folder).resolve() / "servers", jobs
        self.servers.mkdir(parents=True, exist_ok=True)

    def make(self, preset, target, patch=None):
        """That target with that patch, None: as it is; in the tree."""
        self.restore()
        if patch:
            apply(patch, self.root)
        if not (self.root / "build" / preset / "build.ninja").exists():
            self.run("cmake", "--preset", preset, stdout=subprocess.DEVNULL)
        self.run("ninja", "-C", f"build/{preset}", "--quiet", *(["-j", str(self.jobs)] if self.jobs else []), target)

    def build(self, name, patch=None):
        """The server with that patch, None: as it is; a copy of it."""
        self.make("release", "linnet-server", patch)
        built = self.servers / name
        shutil.copy2(self.root / "build" / "release" / "server" / "linnet-server", built)
        return built

    def run(self, *words, **more):
        subprocess.run(words, cwd=self.root, check=True, env={**os.environ, "NINJA_STATUS": NINJA_STATUS}, **more)

    def restore(self):
        """Makes the copy what the sources are, and leaves alone what is: ninja goes by times."""
        wanted = {path.relative_to(REPOSITORY) for path in every_file(REPOSITORY)}
        for path in {path.relative_to(self.root) for path in every_file(self.root)} - wanted:
            (self.root / path).unlink()
        for path in wanted:
            copy = self.root / path
            if not copy.exists() or not filecmp.cmp(REPOSITORY / path, copy, shallow=False):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / path, copy)   # not its time: it is newer than what was built of the patched one


def every_file(root):
    for source in SOURCES:
        top = root / source
        yield from [top] if top.is_file() else (path for path in top.rglob("*") if path.is_file() and not NOT_SOURCES & set(path.parts))


def apply(patch, root, *options):
    """Raises CalledProcessError where it doesn't apply. `root` may be in a repository or not: git is not to look for one above it."""
    subprocess.run(["git", "apply", *options, patch], cwd=root, check=True, capture_output=True, text=True,
                   env={**os.environ, "GIT_CEILING_DIRECTORIES": str(Path(root).resolve().parent)})
