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
  [[ -x $server_binary ]] || fail "there is no program $server_binary"
}

# start_server NAME PORT: on the primary and all caches. Its limits are such that a load test from one
# address doesn't meet them, and reading needs no token; LINNET_* variables can set the rest.
start_server() {
  local name=$1 port=$2 cache flags
  if ! alive "$name"; then
    require_free "$port"
    flags=(--address 127.0.0.1 --port "$port" --reads public --database "$(conninfo postgres-1 linnet_app)"
      --rate-limit-writes 1000000 --rate-limit-logins 1000000 --rate-limit-registrations 1000000)
    for cache in $(components cache); do
      load "$cache"
      flags+=(--memcached "$address")
    done
    spawn "$name" server "127.0.0.1:$port" "$server_binary" "${flags[@]}"
  fi
  wait_for "$name" 60 server_answers "$name"
  step_detail=$address
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
