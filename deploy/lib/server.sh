# The Linnet server.
# shellcheck shell=bash

server_binary=$(realpath -m "${LINNET_SERVER:-$repository/build/release/server/linnet-server}")

# build_server: unless LINNET_SERVER names a binary
build_server() {
  if [[ -n ${LINNET_SERVER:-} ]]; then
    step_detail="$server_binary, as LINNET_SERVER says"
  else
    build release linnet-server
    step_detail=${server_binary#"$repository"/}
  fi
  require_program
}

require_program() { [[ -x $server_binary ]] || fail "there is no program $server_binary: build it, or set LINNET_SERVER"; }

# check_settings: what the caller's LINNET_* variables say can be. A server tells without being started.
check_settings() {
  local flags
  server_flags server-1 1
  "$server_binary" "${flags[@]}" --print-routes >/dev/null || fail "a wrong setting: nothing was changed"
}

# start_server NAME: returns when it is ready. Behind haproxy it has a port of its own, else it is in front.
start_server() {
  local name=$1 at flags
  if ! alive "$name"; then
    at=$(server_port "$name")
    require_free "$at"
    server_flags "$name" "$at"
    spawn "$name" server "127.0.0.1:$at" env \
      LINNET_MEMORY_ENTRIES="${LINNET_MEMORY_ENTRIES:-$(memory_entries)}" \
      LINNET_MAX_CONNECTIONS="${LINNET_MAX_CONNECTIONS:-$(max_connections)}" "$server_binary" "${flags[@]}"
  fi
  wait_for "$name" 60 server_answers "$name"
  load "$name"
  step_detail=$address
}

start_servers() {
  local name
  for name in $(server_names); do start_server "$name"; done
  ((servers == 1)) || step_detail="$servers, ready"
}

# memory_entries: an eighth of the machine's memory for all servers together, about 1 KiB each
memory_entries() { clamp $(($(memory_mib) * 1024 / 8 / servers)) 100000 10000000; }

# max_connections: the server's own default, or what its descriptors leave beside the backends'
max_connections() { clamp $(($(max_open_files) - 1000)) 64 16000; }

server_port() { if [[ $proxy == true ]]; then port_for "$1"; else echo "$port"; fi; }

# server_flags NAME PORT: sets $flags: on the primary, the replicas and all caches. Its limits are such that a load
# test from one address doesn't meet them, and reading needs no token; LINNET_* variables can set the rest.
server_flags() {
  local cache role address
  flags=(--address 127.0.0.1 --port "$2" --reads public --database "$(database_conninfo "$1")"
    --rate-limit-reads 1000000000 --rate-limit-writes 1000000 --rate-limit-logins 1000000 --rate-limit-registrations 1000000)
  add_replica_flags "$1"
  [[ $proxy == false ]] || flags+=(--trusted-proxy 127.0.0.1)
  for cache in $(cache_names); do
    load "$cache"
    flags+=(--memcached "$address")
  done
}

# add_replica_flags NAME: the replicas to read from
add_replica_flags() {
  local replica
  for replica in $(replica_names); do
    flags+=(--replica "$(conninfo "$replica" linnet_app) application_name=$1-reads")
  done
}

server_answers() {
  load "$1"
  curl --silent --fail --noproxy '*' --max-time 2 --output /dev/null "http://$address/readyz"
}

# The server would share the port without a word (SO_REUSEPORT), and each get half of the connections.
require_free() {
  listening "$1" || return 0
  fail "port $1 is taken$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1, pid \2/p' | head -n 1); choose another by --port"
}
