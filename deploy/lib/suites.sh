# What each suite runs. A suite gets the name of a preset, and counts its tests with the functions in results.sh.
# shellcheck shell=bash disable=SC2164  # `cd` fails here as anything does, by set -e

suite_lint() {
  local sources scripts
  cd "$repository"
  mapfile -t sources < <(git ls-files '*.cpp' '*.hpp' '*.cc')
  mapfile -t scripts < <(git ls-files deploy/lib '*.sh'; git ls-files | xargs -r grep -lsE '^#!.*\b(ba)?sh\b')
  ((${#sources[@]} && ${#scripts[@]})) || fail "git lists no sources here"
  check "clang-format" formatted "${sources[@]}"
  check "clang-tidy" tidy
  check "shellcheck" shellcheck "${scripts[@]}"
  check "api/openapi.yaml" api/lint
}

formatted() { clang-format-14 --dry-run -Werror "$@"; } # names the files that aren't

tidy() { # what it finds is an error, see .clang-tidy
  rm -rf build/tidy # what it lists must be what there is
  cmake --preset tidy >/dev/null
  find build/tidy -name 'unity_*.cxx' ! -path '*/linnet_asio.dir/*' ! -path '*/linnet-unit-tests.dir/*' -print0 |
    xargs -0 -P "$(nproc)" -n 1 clang-tidy-16 -p build/tidy --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null
}

suite_unit() {
  local report=$results/unit-$1.xml
  rm -f "$report"
  build "$1" linnet-unit-tests
  sanitizer_options "$1"
  local code=0
  "${run_with[@]}" "$(built "$1" linnet-unit-tests)" --reporter junit --out "$report" || code=$?
  count_junit "$report"
  return "$code"
}

suite_integration() { run_pytest "$1" integration server/tests/integration -n 2; } # they mostly wait
suite_hostile() { run_pytest "$1" hostile server/tests/hostile -n 2; }
suite_generated() { run_pytest "$1" generated server/tests/generated; }
suite_plans() { run_pytest "$1" plans server/tests/plans; }
suite_load() { run_pytest "$1" load load-tests/tests; }
suite_costs() { run_pytest release costs server/tests/costs; } # whatever the preset: counted is what is deployed
suite_deploy() { run_pytest "$1" deploy deploy/tests deploy/demo -n 2 --dist loadfile; } # the tests of a file share a system

suite_fuzz() { # whatever the preset: clang builds the fuzzers, with the sanitizers
  local report=$results/fuzz-$1.xml code=0
  rm -f "$report"
  build fuzz all
  "$repository/server/tests/fuzz/run" --junit "$report" || code=$?
  count_junit "$report"
  return "$code"
}

# run_pytest PRESET SUITE FOLDER... [OPTION...]: against the server of that preset
run_pytest() {
  local preset=$1 report=$results/$2-$1.xml code=0
  shift 2
  rm -f "$report"
  build "$preset" linnet-server
  sanitizer_options "$preset"
  cd "$repository"
  LINNET_SERVER=$(built "$preset" linnet-server) timeout --foreground --signal=INT --kill-after=60 2700 \
    "${run_with[@]}" /usr/bin/python3 -m pytest "$@" -q --tb=short --durations=5 -p no:cacheprovider \
    --junitxml="$report" || code=$?
  count_junit "$report"
  return "$code"
}

built() { echo "$repository/build/$1/server/$2"; } # built PRESET PROGRAM: where it is

# What the sanitizers are told: to end the program at the first report, so that no test can miss it.
sanitizer_options() {
  local tests=$repository/server/tests symbolizer=external_symbolizer_path=/usr/bin/llvm-symbolizer-16
  export ASAN_OPTIONS=$symbolizer:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=$symbolizer:halt_on_error=1:print_stacktrace=1
  export LSAN_OPTIONS=suppressions=$tests/lsan.supp:print_suppressions=0
  export TSAN_OPTIONS=$symbolizer:halt_on_error=1:second_deadlock_stack=1:suppressions=$tests/tsan.supp
  run_with=()
  # ThreadSanitizer can't stand the address randomization of newer kernels.
  if [[ $1 == tsan ]] && setarch -R true 2>/dev/null; then run_with=(setarch -R); fi
}

# pgTAP on a cluster of its own, with the schema deployed as deploy/up does it
suite_schema() {
  local output code=0
  create_state "$(mktemp -d)"
  step_log=$state/up.log
  : >"$step_log"
  trap 'report_failure $?; stop_all; rm -rf "$state"' EXIT
  step postgres start_postgres postgres-1
  step schema apply_schema postgres-1
  output=$("$repository/schema/test/run" "$(conninfo postgres-1 postgres)" 2>&1) || code=$?
  echo "$output"
  count_prove "$output" "$code"
}

# count_prove OUTPUT CODE: of `prove`, which names the failed ones itself
count_prove() {
  local ran failed
  ran=$(sed -n 's/^Files=.*Tests=\([0-9]*\).*/\1/p' <<<"$1")
  failed=$(sed -n 's/.*Failed \([0-9]*\)\/[0-9]* subtests.*/\1/p' <<<"$1" | awk '{ n += $1 } END { print n + 0 }')
  ((failed > 0 || $2 == 0)) || failed=1
  count $((${ran:-0} > failed ? ran - failed : 0)) "$failed"
}
