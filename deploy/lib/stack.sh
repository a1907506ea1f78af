# All components together: how each kind is asked for its health, and the order in which they stop.
# shellcheck shell=bash

# component_state NAME: running, unresponsive (the process is there, but doesn't serve) or stopped
component_state() {
  local role address pid identity answers=postgres_answers
  load "$1"
  [[ $role != cache ]] || answers=memcached_answers
  [[ $role != server ]] || answers=server_answers
  if ! alive "$1"; then
    echo stopped
  elif "$answers" "$1"; then
    echo running
  else
    echo unresponsive
  fi
}

# all_running: something was started here and all of it serves
all_running() {
  local name
  [[ -n $(components server) ]] || return 1
  for name in $(components); do
    [[ $(component_state "$name") == running ]] || return 1
  done
}

# stop_all: those who use before those who are used. Servers first get time to drain.
stop_all() {
  local role name signal seconds
  while read -r role signal seconds; do
    for name in $(components "$role"); do
      stop "$name" "$signal" "$seconds"
    done
  done <<'ORDER'
server TERM 15
cache TERM 5
primary INT 60
ORDER
}
