"""load-tests/mutants: that the patches still break what they say. That each is caught is shown by `load-tests/mutants/run` alone: it builds
a server for each."""
import shutil
import subprocess

import pytest

from conftest import LOAD_TESTS
from mutants.mutant import every_mutant, read
from mutants.nets import command_of, kind_of
from mutants.scenes import SCENES
from mutants.tree import REPOSITORY, apply

MUTANTS = every_mutant()
RULES = {path.stem for path in (LOAD_TESTS / "checker" / "rules").glob("[!_]*.py")} | {"audit"}


def test_they_are_numbered():
    assert [mutant.name[:2] for mutant in MUTANTS] == [f"{number:02}" for number in range(1, len(MUTANTS) + 1)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_applies_and_says_where_it_shows_and_by_what(mutant):
    apply(mutant.path, REPOSITORY, "--check")
    assert mutant.about
    if mutant.net:
        assert not mutant.scene and not mutant.rules
        words, _ = command_of(list(mutant.net), REPOSITORY)
        assert kind_of(mutant.net) != "pytest" or all((REPOSITORY / word).exists() for word in words if word.startswith(("server/", "deploy/", "load-tests/")))
        return
    assert mutant.scene in SCENES
    assert mutant.rules and mutant.rules <= RULES


def test_a_patch_that_no_longer_applies_is_seen(tmp_path):
    patch = tmp_path / "mutant.patch"
    patch.write_text(MUTANTS[0].path.read_text("utf-8").replace("\n-  ", "\n-no such line  "), "utf-8")
    assert read(patch).scene == MUTANTS[0].scene
    with pytest.raises(subprocess.CalledProcessError):
        apply(patch, REPOSITORY, "--check")


def test_what_is_built_of_a_patch_are_copies(tmp_path):
    shutil.copytree(REPOSITORY / "server", tmp_path / "server")
    before = {path: path.read_bytes() for path in (REPOSITORY / "server").rglob("*.cpp")}
    apply(MUTANTS[0].path, tmp_path)
    changed = [path for path, text in before.items() if (tmp_path / path.relative_to(REPOSITORY)).read_bytes() != text]
    assert changed and all(path.read_bytes() == text for path, text in before.items())
