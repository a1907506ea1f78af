# How many of each there are, remembered in DIR/topology, and what they are called: server-1 to server-N,
# memcached-1 to memcached-N, and postgres-N for the clusters, of which DIR/primary names the one that takes writes.
# shellcheck shell=bash

topology_keys=(servers replicas caches synchronous proxy certificate port archive)

# recall_topology: sets a variable for each key, as remembered, or as `up` has it by default
recall_topology() {
  local key value
  servers=1 replicas=0 caches=1 synchronous=0 proxy=false certificate="" port=8080 archive=""
  [[ -e $state/topology ]] || return 0
  while IFS='=' read -r key value; do
    [[ " ${topology_keys[*]} " != *" $key "* ]] || printf -v "$key" %s "$value"
  done <"$state/topology"
}

print_topology() {
  local key
  for key in "${topology_keys[@]}"; do echo "$key=${!key}"; done
}

remember_topology() {
  print_topology >"$state/topology.new"
  mv "$state/topology.new" "$state/topology"
}

check_topology() {
  check_count servers 1 32       # haproxy.cfg has that many slots
  check_count replicas 0 8       # postgresql.conf has senders and slots for ten
  check_count caches 0 16
  check_count synchronous 0 "$replicas"
  check_count port 1 65535
  if ((servers > 1)) || [[ -n $certificate ]]; then proxy=true; fi
  [[ $certificate != own ]] || certificate=$state/tls.pem   # which is made when all is checked
  [[ -z $certificate || ($certificate == "$state/tls.pem" && ! -e $certificate) ]] || check_certificate
}

check_certificate() {
  command -v openssl >/dev/null || return 0   # not installed yet: haproxy will say
  [[ -r $certificate ]] || fail "can't read the certificate $certificate"
  openssl x509 -noout -in "$certificate" 2>/dev/null || fail "$certificate holds no certificate"
  openssl pkey -noout -in "$certificate" 2>/dev/null || fail "$certificate holds no key beside the certificate"
}

check_count() { # check_count KEY LEAST MOST
  if [[ ! ${!1} =~ ^(0|[1-9][0-9]{0,4})$ ]] || ((${!1} < $2 || ${!1} > $3)); then
    fail "--$1 ${!1}: a number from $2 to $3 is meant"
  fi
}

# forget_surplus: drops the records of stopped components that the topology no longer has
forget_surplus() {
  local name keep
  keep=" haproxy $(server_names) $(cache_names) $(clusters) "
  keep=${keep//$'\n'/ }
  [[ $proxy == true ]] || keep=${keep/ haproxy / }
  for name in $(components); do
    [[ $keep == *" $name "* ]] || forget "$name"
  done
}

# forget NAME: a server or cache leaves nothing but its log. A replica's data are a copy: they go, too.
forget() {
  local role address
  load "$1"
  [[ $role != replica ]] || remove_cluster "$1"
  rm -rf "$state/components/$1" "$state/services/$1" "$state/metrics/$1.prom"
}

numbered() { # numbered PREFIX COUNT
  local n
  for ((n = 1; n <= $2; ++n)); do echo "$1-$n"; done
}
server_names() { numbered server "$servers"; }
cache_names() { numbered memcached "$caches"; }

# primary_name: the cluster that takes writes. A file of its own, not the role in a record, so that one rename
# decides it, and whatever is interrupted is finished by the next command.
primary_name() {
  if [[ -e $state/primary ]]; then echo "$(<"$state/primary")"; else echo postgres-1; fi
}

set_primary() { # set_primary NAME
  echo "$1" >"$state/primary.new"
  mv "$state/primary.new" "$state/primary"
}

# replica_names: those that there are, then new ones, as many as the topology has
replica_names() {
  local primary name n=1 names=()
  primary=$(primary_name)
  for name in $(components primary) $(components replica); do
    [[ $name == "$primary" ]] || ((${#names[@]} >= replicas)) || names+=("$name")
  done
  while ((${#names[@]} < replicas)); do
    [[ " $primary ${names[*]} " == *" postgres-$n "* ]] || names+=("postgres-$n")
    ((++n))
  done
  ((${#names[@]} == 0)) || printf '%s\n' "${names[@]}"
}

clusters() { # the primary first
  primary_name
  replica_names
}
