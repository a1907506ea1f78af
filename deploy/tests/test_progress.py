"""What a person sees while a command works: each step's own last line with its seconds, each suite's, and where the logs are."""
import re
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[1]


def bash(script, cwd):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", f"source {DEPLOY}/lib/common.sh\n{script}"], cwd=cwd,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# As on a terminal, where the line is redrawn several times a second.
STEPS = """
step_log=$PWD/log
: >"$step_log"
watch_step() { true; }   # in its place, at known moments:
shown() { last_line "$step_log" "$step_log_start" || true; }
first() { echo "of the first step"; }
silent() { seen=$(shown); }
loud() { echo; echo "[5/27] Building"; echo; seen_later=$(shown); }
step one first
step two silent
step three loud
echo "two showed <$seen>, three showed <$seen_later>"
"""


def test_a_step_shows_nothing_of_the_step_before(tmp_path):
    assert bash(STEPS, tmp_path).splitlines()[-1] == "two showed <>, three showed <[5/27] Building>"


def test_a_silent_step_shows_that_time_passes(tmp_path):
    """Elsewhere than on a terminal every 15 s; here at once, twice."""
    script = """
: >log
echo "[5/27] Building a large unit" >>log
SECONDS=41
pause() { ((turns++ < 2)) && SECONDS=$((SECONDS + 39)); }   # instead of the wait
turns=0
watch_step build "$PWD/log" 0
"""
    seconds = [int(found) for found in re.findall(r"^build +(\d+) s  \[5/27\] Building a large unit$", bash(script, tmp_path), re.MULTILINE)]
    assert len(seconds) == 2 and seconds[0] < seconds[1], seconds


def test_nothing_is_said_to_have_been_deployed_that_was_there(tmp_path):
    script = """
state=$PWD deploy_says=""
make_passwords() { :; }; connect_to() { :; }; password_of() { echo x; }; pg_bin=$PWD
printf '#!/bin/sh\\n' >psql; chmod +x psql
sqitch() { printf "$deploy_says"; }
for deploy_says in 'Nothing to deploy (up-to-date)\\n' 'Deploying changes to db:pg:\\n  + users .. ok\\n  + tweets .. ok\\n'; do
  apply_schema postgres-1 >/dev/null
  echo "$step_detail"
done
"""
    assert bash(script, tmp_path).splitlines() == ["no changes deployed", "2 changes deployed"]


@pytest.mark.parametrize("deployed, said", [("all", ["no changes deployed"]), ("all but one", ["sqitch", "1 changes deployed"]),
                                            ("one more", ["sqitch", "1 changes deployed"])])
def test_sqitch_begins_only_where_the_changes_differ_from_the_plan(tmp_path, deployed, said):
    script = f"""
state=$PWD
make_passwords() {{ :; }}; connect_to() {{ :; }}; password_of() {{ echo x; }}; pg_bin=$PWD
sed -nE 's/^([a-z]\\w*) .*/\\1/p' "$repository/schema/sqitch.plan" >"all"
head -n -1 all >"all but one"
(cat all; echo later) >"one more"
printf '#!/bin/sh\\n! grep -q sqitch.changes <<< "$*" || cat "{deployed}"\\n' >psql; sed -i 1s/sh/bash/ psql; chmod +x psql
sqitch() {{ echo sqitch; echo '  + tweets .. ok'; }}
apply_schema postgres-1 | grep -o "^sqitch" || true
apply_schema postgres-1 >/dev/null
echo "$step_detail"
"""
    assert bash(script, tmp_path).splitlines() == said


def test_many_missing_packages_break_no_pipe(tmp_path):
    """A reader that ended early, `grep -q`, made `printf` complain of a broken pipe, and Debian create a cluster of its own."""
    script = """
trap '' PIPE
for program in apt-get sudo; do printf '#!/bin/sh\nexit 0\n' >"$program"; chmod +x "$program"; done
PATH=$PWD:$PATH
missing_packages() { echo postgresql-15; seq 5000; }
prevent_main_cluster() { echo "no cluster of Debian's"; }
allow_main_cluster() { :; }; allow_services() { :; }
install_packages none 2>&1
"""
    assert bash(script, tmp_path) == "no cluster of Debian's\n"


def test_a_suite_that_runs_shows_its_last_line_and_where_its_log_is(tmp_path):
    script = f"""
source {DEPLOY}/lib/results.sh
results=$PWD/build/test-results
mkdir -p "$results"
runs_in_each_preset() {{ false; }}
suite_slow() {{ echo "...... [ 43%]"; sleep 3; count 2 0; }}
suite_quick() {{ count 1 0; }}
export LINNET_TEST_PROGRESS_S=0.5
run_jobs slow-release quick-release </dev/null
print_results slow-release quick-release
"""
    lines = bash(script, tmp_path).splitlines()
    assert lines[0] == "logs: build/test-results/SUITE-PRESET.log"
    assert any(re.fullmatch(r" +slow: \d+ s  \.{6} \[ 43%\]", line) for line in lines), lines
    assert lines[-1] == "3 passed, 0 failed"


def test_the_summary_names_each_test_that_failed_and_why(tmp_path):
    (tmp_path / "report.xml").write_text("""<testsuites><testsuite>
        <testcase classname="fuzz" name="parser"><failure message="found an input&#10;and its stack"/></testcase>
        <testcase classname="fuzz" name="text"/></testsuite></testsuites>""")
    script = f"""
source {DEPLOY}/lib/results.sh
results=$PWD/build/test-results
mkdir -p "$results"
runs_in_each_preset() {{ false; }}
suite_fuzz() {{ count_junit "$PWD/report.xml"; return 1; }}
suite_lint() {{ check "of taste" false; count 0 0; }}
run_jobs fuzz-release lint-release </dev/null
print_results fuzz-release lint-release || true
"""
    lines = bash(script, tmp_path).splitlines()
    summary = lines[lines.index("== summary") + 1:]
    assert summary[:2] == ["FAILED in fuzz: fuzz parser | found an input", "FAILED in lint: of taste"]
    assert summary[-1] == "1 passed, 2 failed"
