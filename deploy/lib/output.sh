# What the user sees: one line a step, and errors that name the step and show what it logged.
# shellcheck shell=bash

step_log=/dev/null     # where a step's output goes; the caller sets it
step_detail=""         # what a step wants on its line
current_step=""
watcher=""

# pause SECONDS: a sleep of bash's own, on a pipe to which nobody writes: a child would cost a process, and survive a kill.
exec {never}<> <(:)
pause() { read -rt "$1" -u "$never" || true; }

# fail MESSAGE...: ends the script. Within a step the message ends up in the log, which report_failure shows.
fail() {
  echo "error: $*" >&2
  exit 1
}

# step NAME COMMAND...: runs the command (in this shell, with `set -e`) and prints its line.
step() {
  local started=$EPOCHREALTIME
  current_step=$1 step_detail=""
  shift
  step_log_start=$(stat -c %s "$step_log")
  watch_step "$current_step" "$step_log" "$step_log_start" & watcher=$!
  disown "$watcher"
  "$@" >>"$step_log" 2>&1
  stop_watching
  printf '%-10s %-56s %6.1f s\n' "$current_step" "$step_detail" \
    "$(seconds_between "$started" "$EPOCHREALTIME")"
  current_step=""
}

seconds_between() { # seconds between two $EPOCHREALTIME
  local micros=$((${2/[.,]/} - ${1/[.,]/}))
  printf '%d.%06d' $((micros / 1000000)) $((micros % 1000000))
}

# How long a step has been running, and the last line that it logged: redrawn in place on a terminal, now and then
# elsewhere. A compiler may be silent for a minute: the seconds tell that something happens.
watch_step() {
  local name=$1 file=$2 from=$3 every=15 form='%-10s %4d s  %s\n' began=$SECONDS
  [[ -t 1 ]] && every=0.3 form='\r\e[K%-10s %4d s  %s'
  while pause "$every"; do
    # shellcheck disable=SC2059
    printf "$form" "$name" $((SECONDS - began)) "$(last_line "$file" "$from")"
  done
}

# last_line FILE FROM: the last one with something in it that begins behind so many bytes
last_line() {
  tail -c "+$(($2 + 1))" "$1" | tail -c 2000 | tr '\r' '\n' | grep -a '[^[:space:]]' | tail -n 1 | cut -c 1-100
}

stop_watching() {
  [[ -n $watcher ]] || return 0
  kill -KILL "$watcher" 2>/dev/null || true   # TERM might still meet the traps that it has from us
  watcher=""
  if [[ -t 1 ]]; then printf '\r\e[K'; fi
}

# report_failure STATUS: for the EXIT trap, says which step failed and shows the end of what it logged
report_failure() {
  stop_watching
  [[ -n $current_step ]] || return 0
  if (($1 > 128)); then echo "interrupted: $current_step"; else echo "failed: $current_step"; fi
  tail -c "+$((step_log_start + 1))" "$step_log" | tail -n 30 | sed 's/^/  | /'
  echo "  all of it: $step_log"
} >&2

# usage: the comment at the top of the script that runs
usage() { sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0"; }
