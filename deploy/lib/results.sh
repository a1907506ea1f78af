# Counts of what ran, suite by suite.
# shellcheck shell=bash

results=$repository/build/test-results
rows=()
total_passed=0
total_failed=0

# run_suite NAME PRESET: runs suite_NAME in a subshell of its own, so that whatever breaks there ends it alone
run_suite() {
  local suite=$1 preset=$2 started=$SECONDS code failed passed
  local title=$suite counts=$results/$suite-$preset.counts
  ! runs_in_each_preset "$suite" || title="$suite ($preset)"
  printf '\n== %s\n' "$title"
  : >"$counts"
  set +e
  (set -e; "suite_$suite" "$preset")
  code=$?
  set -e
  read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$counts")
  if ((code != 0 && failed == 0)); then
    echo "FAILED: $title ended with exit code $code"
    failed=1
  elif ((passed + failed == 0)); then
    echo "FAILED: $title ran no test"
    failed=1
  fi
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  rows+=("$(printf '%-22s %6d passed %6d failed %6d s' "$title" "$passed" "$failed" $((SECONDS - started)))")
}

# count PASSED FAILED: called by the suites, any number of times
count() { echo "$1 $2" >>"$counts"; }

# check NAME COMMAND...: a command that is one test
check() {
  local name=$1
  shift
  if "$@"; then
    echo "ok: $name"
    count 1 0
  else
    echo "FAILED: $name"
    count 0 1
  fi
}

# count_junit FILE: the test cases of a report; names those that failed
count_junit() {
  [[ -s $1 ]] || return 0
  /usr/bin/python3 - "$1" <<'PYTHON' >>"$counts"
import sys
import xml.etree.ElementTree as tree

passed = failed = 0
for case in tree.parse(sys.argv[1]).iter("testcase"):
    outcomes = {child.tag for child in case}
    if outcomes & {"failure", "error"}:
        failed += 1
        print("FAILED:", case.get("classname", ""), case.get("name"), file=sys.stderr)
    elif "skipped" not in outcomes:
        passed += 1
print(passed, failed)
PYTHON
}

print_results() {
  printf '\n== summary\n'
  printf '%s\n' "${rows[@]}"
  echo "$total_passed passed, $total_failed failed"
  ((total_failed == 0))
}
