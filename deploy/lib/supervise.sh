# Each component has a supervisor of its own, s6-supervise, which starts it again a second after it died, whoever
# started it and whatever PID 1 is.
#
#     DIR/services/NAME/run            what is run: begin.sh's preparations, then the component
#     DIR/services/NAME/pid            of the component, while it runs
#     DIR/services/NAME/supervise/     s6-supervise's own
#     DIR/metrics/NAME.prom            how often it was started again, for Prometheus' node exporter
#
# By hand: `s6-svc -O DIR/services/NAME` lets it stay dead when it dies, `-d` ends it and lets it stay down, `-u` starts
# it again and watches it as before; deploy/up starts and watches it as well.
# shellcheck shell=bash

declare -A stop_signal=([proxy]=USR1 [server]=TERM [cache]=TERM [primary]=INT [replica]=INT)
declare -A stop_seconds=([proxy]=15 [server]=15 [cache]=5 [primary]=60 [replica]=60)
wrong_setting=78   # the server's exit code, EX_CONFIG of sysexits.h: to start it again would not help
spawned=()         # what this command started, and has not stopped

supervised() { s6-svok "$state/services/$1" 2>/dev/null; }   # supervised NAME: also one that is dead just now

alive() { [[ $(s6-svstat -o up "$state/services/$1" 2>/dev/null) == true ]]; }   # alive NAME

pid_of() { s6-svstat -o pid "$state/services/$1"; }   # pid_of NAME: of one that is alive

deaths() { s6-svdt "$state/services/$1" 2>/dev/null | wc -l; }   # deaths NAME: since a command started it

# last_death NAME: when and of what, such as "2026-11-29 18:00:01, signal SIGKILL"
last_death() {
  s6-svdt "$state/services/$1" | s6-tai64nlocal | tail -n 1 | sed -E 's/\.[0-9]+ /, /'
}

# spawn NAME ROLE ADDRESS COMMAND...: starts it under a supervisor, in a session of their own, with no file of the
# caller's open (a caller may wait for its pipe to close), and records it. A signal waits till that is done.
spawn() {
  local name=$1 role=$2 address=$3 service interrupted=""
  shift 3
  service=$state/services/$name
  stop "$name" 0   # a supervisor whose component doesn't come up, if there is one
  save "$name" "$role" "$address"
  write_service "$service" "$role" "$name" "$@"
  [[ -z $(trap -p INT) ]] || trap 'interrupted=130' INT TERM HUP
  spawned+=("$name")
  (
    close_inherited
    cd /
    ulimit -Sn "$(max_open_files)"
    exec setsid s6-supervise "$service"
  ) </dev/null >>"$state/$name.log" 2>&1 &
  disown $!
  until supervised "$name" || ! kill -0 $! 2>/dev/null; do pause 0.01; done
  [[ -z $(trap -p INT) ]] || trap 'exit 130' INT TERM HUP
  [[ -z $interrupted ]] || exit "$interrupted"
}

# write_service FOLDER ROLE NAME COMMAND...
write_service() {
  local service=$1 role=$2 name=$3
  shift 3
  rm -rf "$service"
  mkdir -p "$service" "$state/metrics"
  echo "${stop_signal[$role]}" >"$service/down-signal"
  echo 4096 >"$service/max-death-tally"
  {
    printf '#!/usr/bin/env bash\ncd /\necho $$ >%q.new && mv %q.new %q\n%q %q %q\nexec' \
      "$service/pid" "$service/pid" "$service/pid" "$deploy/lib/begin" "$state" "$name"
    printf ' %q' "$@"
    echo
  } >"$service/run"
  # 125 tells s6-supervise to let it be.
  # shellcheck disable=SC2016
  printf '#!/bin/sh\n[ "$1" != %s ] || exit 125\n' "$wrong_setting" >"$service/finish"
  chmod +x "$service/run" "$service/finish"
}

# write_restarts NAME: by rename, so that a reader never sees half a line
write_restarts() {
  local file=$state/metrics/$1
  cat >"$file.new" <<METRIC
# HELP linnet_component_restarts_total How often its supervisor started it again after it died.
# TYPE linnet_component_restarts_total counter
linnet_component_restarts_total{component="$1"} $(deaths "$1")
METRIC
  mv "$file.new" "$file.prom"
}

close_inherited() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    ((fd < 3 || fd == 255)) || eval "exec $fd>&-"   # 255 is bash's own, and closes by itself
  done
}

max_open_files() { # the hard limit, up to 65536
  local hard
  hard=$(ulimit -Hn)
  if [[ $hard == unlimited ]] || ((hard > 65536)); then hard=65536; fi
  echo "$hard"
}

# wait_for NAME SECONDS PROBE...: until the probe succeeds; fails when the component dies meanwhile or time is up. What
# this command started and doesn't get ready is stopped: its supervisor would start it again for ever.
wait_for() {
  local name=$1 deadline=$((SECONDS + $2)) seconds=$2 dead why="" tries=0
  shift 2
  dead=$(deaths "$name")
  until "$@"; do
    ((SECONDS < deadline)) || why="$name did not get ready within $seconds s"
    if ((++tries % 5 == 0)); then   # each look costs three processes
      supervised "$name" && (($(deaths "$name") == dead)) || why="$name ended while it started"
    fi
    if [[ -n $why ]]; then
      [[ " ${spawned[*]} " != *" $name "* ]] || stop "$name" 5
      fail_with_log "$name" "$why"
    fi
    pause 0.05
  done
}

fail_with_log() {
  echo "the end of $state/$1.log:"
  tail -n 20 "$state/$1.log"
  fail "$2"
}

# stop NAME [SECONDS]: it and its supervisor, in order; kills it when that takes longer than its role has
stop() {
  local role address service deadline
  load "$1" && supervised "$1" || return 0
  deadline=$((SECONDS + ${2:-${stop_seconds[$role]}}))
  service=$state/services/$1
  s6-svc -xd "$service" || fail "can't stop $1"   # continues it as well if it is suspended
  while supervised "$1"; do
    ((SECONDS < deadline)) || s6-svc -k "$service" 2>/dev/null || true
    pause 0.05
  done
  rm -f "$service/pid"
}
