# Servers come, go and start anew, one at a time and without a failed request.
#
# In: the server is started, says that it is ready, and only then haproxy's slot is opened. Out: haproxy gives it
# nothing new, it answers what it has, and only then it is told to end.
# shellcheck shell=bash

put_in() { # put_in NAME
  start_server "$1"
  ! is_proxied || open_slot "$1"
}

take_out() { # take_out NAME
  if is_proxied && alive "$1"; then drain_slot "$1"; fi
  stop "$1"
  ! is_proxied || close_slot "$1"
}

# restart_servers: all of them, one after the other. Where one would leave none, another stands in meanwhile.
restart_servers() {
  local name stand_in=""
  ! is_proxied || read_exempt_addresses
  if is_proxied && ((servers == 1)); then
    stand_in=server-2
    put_in "$stand_in"
  fi
  for name in $(server_names); do
    take_out "$name"
    put_in "$name"
    echo "$name restarted"
  done
  [[ -z $stand_in ]] || remove_server "$stand_in"
}

remove_server() {
  take_out "$1"
  forget "$1"
}

# scale_servers COUNT: those with the highest numbers go
scale_servers() {
  local wanted=$1 n
  for ((n = servers + 1; n <= wanted; ++n)); do
    put_in "server-$n"
    servers=$n
    remember_topology
    echo "server-$n serves"
  done
  for ((n = servers; n > wanted; --n)); do
    servers=$((n - 1))
    remember_topology
    remove_server "server-$n"
    echo "server-$n is gone"
  done
}

# scale_replicas COUNT: the servers then start anew, one by one, since they are told at their start where the
# clusters are. A replica that goes leaves no data behind.
scale_replicas() {
  local wanted=$1 name before
  before=$(replica_names)
  replicas=$wanted
  for name in $before; do
    [[ $'\n'$(replica_names)$'\n' == *$'\n'"$name"$'\n'* ]] || remove_replica "$name"
  done
  start_replicas
  follow_primary   # of the synchronous ones, all are told who they are
  remember_topology
  restart_servers
}

remove_replica() {
  stop "$1"
  drop_slot "$1"
  forget "$1"
  echo "$1 is gone, with its copy of the data"
}
