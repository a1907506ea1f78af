# Runs suites and counts what ran. A job is SUITE-PRESET.
# shellcheck shell=bash

results=$repository/build/test-results

# run_jobs JOB...: two at a time, since they often wait: with three, two cores are so busy that tests of time fail. What one prints is
# shown when it has ended; meanwhile, twice a minute, the last line of it.
run_jobs() {
  local job pid running=0 watching
  local -A job_of=()
  echo "logs: ${results#"$PWD"/}/SUITE-PRESET.log"
  rm -f "$results"/*.row
  watch_jobs "$@" & watching=$!
  for job; do
    ((running < 2)) || one_job_ends
    printf '== %s: started\n' "$(title_of "$job")"
    run_suite "$job" >"$results/$job.log" 2>&1 &
    job_of[$!]=$job
    running=$((running + 1))
  done
  while ((running)); do one_job_ends; done
  kill "$watching"
  wait "$watching" 2>/dev/null || true
}

# watch_jobs JOB...: one has begun when it has a log that is newer than this, and ended when it has a row
watch_jobs() {
  local job begun line
  local -A since=()
  begun=$results/begun
  touch "$begun"
  while pause "${LINNET_TEST_PROGRESS_S:-30}"; do
    for job; do
      [[ $results/$job.log -nt $begun && ! -e $results/$job.row ]] || continue
      since[$job]=${since[$job]:-$SECONDS}
      line=$(last_line "$results/$job.log" 0) || true
      printf '   %s: %d s  %s\n' "$(title_of "$job")" $((SECONDS - since[$job])) "$line"
    done
  done
}

one_job_ends() {
  wait -n -p pid "${!job_of[@]}" || true
  cat "$results/${job_of[$pid]}.log"
  unset "job_of[$pid]"
  running=$((running - 1))
}

title_of() {
  local suite=${1%-*}
  if runs_in_each_preset "$suite"; then echo "$suite (${1#*-})"; else echo "$suite"; fi
}

# run_suite JOB: runs suite_NAME in a subshell of its own, so that whatever breaks there ends it alone.
# The processor time leaves out processes that outlive their parent, such as the systems of deploy/up.
run_suite() {
  local suite=${1%-*} preset=${1#*-} started=$SECONDS code failed passed used
  local title counts=$results/$1.counts
  title=$(title_of "$1")
  printf '\n== %s\n' "$title"
  : >"$counts"
  set +e
  (set -e; "suite_$suite" "$preset")
  code=$?
  set -e
  times >"$results/$1.times" # in a pipe they would be those of a shell that did nothing
  used=$(awk -F '[ms ]' 'NR == 2 { printf "%d", $1 * 60 + $2 + $4 * 60 + $5 }' "$results/$1.times")
  read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$counts")
  if ((code != 0 && failed == 0)); then
    echo "FAILED: $title ended with exit code $code"
    failed=1
  elif ((passed + failed == 0)); then
    echo "FAILED: $title ran no test"
    failed=1
  fi
  printf '%-22s %6d passed %6d failed %6d s, %d s of processors\n' "$title" "$passed" "$failed" $((SECONDS - started)) "$used" >"$results/$1.row"
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

# count_junit FILE: the test cases of a report; names those that failed, each with the first line of why
count_junit() {
  [[ -s $1 ]] || return 0
  /usr/bin/python3 - "$1" <<'PYTHON' >>"$counts"
import sys
import xml.etree.ElementTree as tree

passed = failed = 0
for case in tree.parse(sys.argv[1]).iter("testcase"):
    outcomes = {child.tag: child for child in case}
    fault = outcomes.get("failure", outcomes.get("error"))
    if fault is not None:
        failed += 1
        why = (fault.get("message") or fault.text or "").strip().partition("\n")[0]
        print("FAILED:", case.get("classname", ""), case.get("name"), "|", why, file=sys.stderr)
    elif "skipped" not in outcomes:
        passed += 1
print(passed, failed)
PYTHON
}

# print_results JOB...: each test that failed, a row for each job, and last the sums. Fails if a test failed.
print_results() {
  printf '\n== summary\n'
  local job
  for job; do grep '^FAILED: ' "$results/$job.log" | sed "s/^FAILED:/FAILED in $(title_of "$job"):/"; done || true
  for job; do cat "$results/$job.row"; done |
    awk '{ print; for (i = 1; i < NF; i++) { if ($(i + 1) == "passed") p += $i; if ($(i + 1) == "failed") f += $i } }
         END { printf "%d passed, %d failed\n", p, f; exit f > 0 }'
}
