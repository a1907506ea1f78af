# All components together: how each kind is asked for its health, and the order in which they start and stop.
# shellcheck shell=bash

# component_state NAME: running, unresponsive (the process is there, but doesn't serve) or stopped
component_state() {
  local role address answers=postgres_answers
  load "$1"
  [[ $role != cache ]] || answers=memcached_answers
  [[ $role != server ]] || answers=server_answers
  [[ $role != proxy ]] || answers=proxy_answers
  if ! alive "$1"; then
    echo stopped
  elif "$answers" "$1"; then
    echo running
  else
    echo unresponsive
  fi
}

# details_of NAME STATE: what status says beyond the state, a line each
details_of() {
  local dead
  [[ $2 != running ]] || detail_of_running "$1"
  dead=$(deaths "$1")
  if supervised "$1" && ((dead > 0)); then
    echo "died ${dead}x, last $(last_death "$1")$(alive "$1" || echo ", and stays dead")"
  fi
}

detail_of_running() {
  local role address slot
  load "$1"
  case $role in
    primary)
      waiting_writes
      [[ -z $archive ]] || archiving ;;
    replica) lag "$1" ;;
    server) ! is_proxied || { slot=$(slot_state "$1"); echo "in haproxy: ${slot,,}"; } ;;
    proxy) figures_of_proxy ;;
  esac
}

all_names() {
  clusters
  cache_names
  server_names
  [[ $proxy == false ]] || echo haproxy
}

# all_running: all of the topology is there and serves, the servers in haproxy's eyes as well
all_running() {
  local name
  for name in $(all_names); do
    [[ $(component_state "$name") == running ]] || return 1
  done
  is_proxied || return 0
  for name in $(server_names); do
    [[ $(slot_state "$name") == UP* ]] || return 1
  done
}

any_supervised() {
  local name
  for name in $(components); do
    ! supervised "$name" || return 0
  done
  return 1
}

# front: the component that clients talk to
front() { if [[ $proxy == true ]]; then echo haproxy; else echo server-1; fi; }

front_url() {
  local scheme=http
  [[ -z $certificate ]] || scheme=https
  echo "$scheme://127.0.0.1:$port"
}

start_primary() {
  start_postgres "$(primary_name)"
  finish_promotion
  archive_received "$(primary_name)"
  drop_unknown_slots
}

start_replicas() {
  local name
  for name in $(replica_names); do start_replica "$name"; done
  step_detail=$replicas
  ((synchronous == 0)) || step_detail+=", of which $synchronous must have a write before it is acknowledged"
}

start_caches() {
  local name
  for name in $(cache_names); do start_memcached "$name"; done
  ((caches == 1)) || step_detail=$caches
}

stop_order=(proxy server cache primary replica)

# stop_all: those who use before those who are used. haproxy and the servers first get time to drain; the primary
# ends when the replicas have all that it wrote.
stop_all() {
  local role name
  for role in "${stop_order[@]}"; do
    for name in $(components "$role"); do
      stop "$name"
      [[ $role != proxy ]] || remove_private_folder "$name"
    done
  done
}

# stop_started: only what this command started. No request fails: haproxy gives those servers nothing any more.
stop_started() {
  local role name mine=" ${spawned[*]} "
  for role in "${stop_order[@]}"; do
    for name in $(components "$role"); do
      [[ $mine == *" $name "* ]] || continue
      if [[ $role == server ]]; then (take_out "$name") || true; fi
      stop "$name"
    done
  done
}
