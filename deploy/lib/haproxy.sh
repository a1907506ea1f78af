# haproxy in front of the servers. Its configuration is deploy/haproxy/haproxy.cfg, the same everywhere; which servers
# there are it is told through its runtime socket, and forgets when it ends: start_proxy tells it again.
# shellcheck shell=bash

is_proxied() { alive haproxy; }

# start_proxy PORT: with all servers that run in their slots
start_proxy() {
  if ! is_proxied; then
    require_free "$1"
    spawn_proxy "$1"
  fi
  wait_for haproxy 30 proxy_answers haproxy
  open_slots
  read_exempt_addresses
  load haproxy
  step_detail=$address
}

open_slots() {
  local name
  for name in $(components server); do
    ! alive "$name" || open_slot "$name"
  done
}

# fill_slots_later: for a haproxy that starts again by itself
fill_slots_later() {
  (
    close_inherited
    until proxy_answers haproxy || ((SECONDS > 10)); do pause 0.05; done
    open_slots
  ) &
}

# read_exempt_addresses: what the file says now
read_exempt_addresses() {
  local file=$state/exempt-addresses entry commands
  commands="clear acl $file"
  while read -r entry _; do
    [[ -z $entry || $entry == \#* ]] || commands+="; add acl $file $entry"
  done <"$file"
  commands=$(ask_proxy "$commands")
  [[ -z ${commands//[[:space:]]/} ]] || fail "$file: $commands"
}

spawn_proxy() {
  local port=$1 user connections inner clients environment
  user=$(id -un)
  connections=$(clamp $(($(max_open_files) / 2 - 200)) 100 14000)   # each takes two descriptors
  inner=$((connections / 7))                                        # of each kind that haproxy opens to itself
  clients=$((connections - 2 * inner))
  environment=(LINNET_PROXY_FILES="$deploy/haproxy" LINNET_PROXY_PORT="$port" LINNET_PROXY_CONNECTIONS="$connections"
    LINNET_PROXY_INNER="$inner" LINNET_PROXY_CLIENTS="$clients" LINNET_PROXY_EXEMPT="$state/exempt-addresses"
    LINNET_PROXY_FIGURES="$(port_for haproxy-figures)" LINNET_PROXY_OF_ADDRESS="$(clamp $((clients / 20)) 64 500)")
  if ((EUID == 0)); then
    user=haproxy
    environment+=(LINNET_PROXY_USER="$user")
  fi
  [[ -z $certificate ]] || environment+=(LINNET_PROXY_CERTIFICATE="$certificate")
  make_private_folder haproxy "$user"
  [[ -e $state/exempt-addresses ]] || cp "$deploy/haproxy/exempt-addresses" "$state/exempt-addresses"
  spawn haproxy proxy "127.0.0.1:$port" env "${environment[@]}" LINNET_PROXY_SOCKETS="$(private_folder haproxy)" \
    "$(proxy_program)" -db -f "$deploy/haproxy/haproxy.cfg"
}

proxy_program() { PATH=$PATH:/usr/sbin command -v haproxy || fail "there is no haproxy"; }   # not in a user's PATH

# figures_of_proxy: where Prometheus finds them
figures_of_proxy() {
  echo "figures at 127.0.0.1:$(sed -n 's/.* LINNET_PROXY_FIGURES=\([0-9]*\) .*/\1/p' "$state/services/haproxy/run")/metrics"
}

proxy_answers() { ask_proxy "show info" >/dev/null 2>&1; }

# ask_proxy COMMANDS: through the runtime socket; prints the answer
ask_proxy() {
  # shellcheck disable=SC2016
  timeout 10 perl -MIO::Socket::UNIX -e '
    my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "no answer at $ARGV[0]: $!\n";
    print $socket "$ARGV[1]\n";
    print while <$socket>;' "$(private_folder haproxy)/control" "$1"
}

# open_slot NAME: from now on it gets requests. It is ready already: haproxy believes in it from the start.
open_slot() {
  local role address backend deadline=$((SECONDS + 10))
  load "$1"
  for backend in ready unready; do
    ask_proxy "set server $backend/$1 addr ${address%:*} port ${address##*:}; set server $backend/$1 state ready" >/dev/null
  done
  until [[ $(slot_state "$1") == UP* ]]; do
    ((SECONDS < deadline)) || fail "haproxy doesn't take $1: $(slot_state "$1")"
    pause 0.1
  done
}

# drain_slot NAME: it gets no new requests; returns when it has answered those that it had
drain_slot() {
  local deadline=$((SECONDS + 20))
  set_slot "$1" drain
  until [[ $(slot_requests "$1") == 0 ]]; do
    ((SECONDS < deadline)) || fail "$1 still has $(slot_requests "$1") requests after 20 s; it gets no new ones"
    pause 0.05
  done
}

close_slot() { set_slot "$1" maint; }   # nor health checks

set_slot() { ask_proxy "set server ready/$1 state $2; set server unready/$1 state $2" >/dev/null; }

slot_state() { slot_field "$1" | awk -F, '$1 == "ready" { print $18 }'; }                       # UP, DOWN 1/2, DRAIN, MAINT
slot_requests() { slot_field "$1" | awk -F, '{ n += $3 + $5 } END { print NR == 2 ? n : "unknown" }'; }   # queued, running
slot_field() { ask_proxy "show stat -1 4 -1" | grep ",$1,"; }

# make_certificate: names this machine alone, for trying TLS
make_certificate() {
  [[ ! -e $certificate ]] || return 0
  (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
      -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$state/tls.key" -out "$state/tls.crt" 2>/dev/null
    cat "$state/tls.crt" "$state/tls.key" >"$certificate"
    rm "$state/tls.crt" "$state/tls.key"
  )
}
