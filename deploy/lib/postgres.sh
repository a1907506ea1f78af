# A private PostgreSQL 15 cluster: the primary, or one of its replicas, see replication.sh.
#
# Who may log in. Through the unix socket, which the servers use since it is the faster way: the operating
# system says who calls (`peer`), and only root, the cluster's own user and the one who ran `up` are let in, so
# there is no password to keep. Over TCP, on the loopback address alone: scram, for tools that have no other
# way; the passwords are made here and lie in DIR/pgpass (libpq's format, mode 0600).
#
# Who runs it. PostgreSQL refuses to run as root: root's clusters run as `postgres`, others as their user.
# shellcheck shell=bash

pg_bin=/usr/lib/postgresql/15/bin
cluster_user=$(id -un)
[[ $cluster_user != root ]] || cluster_user=postgres
unset "${!PG@}"   # the caller's PGHOST, PGOPTIONS ... are meant for other databases

as_cluster_user() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    "$@"
  fi
}

# start_postgres NAME: creates the cluster if need be, and starts it as what it is now
start_postgres() {
  local name=$1 port
  if ! alive "$name"; then
    locate_cluster "$name"
    if [[ $name != "$(primary_name)" ]]; then
      prepare_replica "$name"
    elif [[ ! -e $cluster/data/PG_VERSION ]]; then
      create_cluster
    fi
    link_archive
    port=$(port_for "$name")
    write_settings "$port"
    write_replication "$name"
    : >>"$state/$name.log"
    spawn_postgres "$name" "$port"
  fi
  wait_for "$name" 120 postgres_answers "$name"   # long: it may have to recover from a crash
  load "$name"
  step_detail=$address
}

spawn_postgres() {
  local role=replica as_user=()
  [[ $1 != "$(primary_name)" ]] || role=primary
  ((EUID != 0)) || as_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
  spawn "$1" "$role" "127.0.0.1:$2" "${as_user[@]}" "$pg_bin/postgres" -D "$cluster/data"
}

postgres_answers() {
  locate_cluster "$1"
  load "$1"
  "$pg_bin/pg_isready" -q -t 2 -h "$socket" -p "${address##*:}" -U linnet_app -d linnet
}

# locate_cluster NAME: sets $cluster, the folder that holds data/, and $socket, the folder of the unix socket.
# DIR/NAME, if the cluster's user can get there. Else (a folder within /root, say) DIR/NAME links to where it can.
locate_cluster() {
  local home=$state/$1
  if [[ ! -e $home ]]; then
    [[ ! -L $home ]] || fail "$home points to data that is gone"
    if ! as_cluster_user test -x "$state"; then   # its group may enter it, not list it
      chgrp postgres "$state"
      chmod g=x "$state"
    fi
    if as_cluster_user test -x "$state"; then
      install -d -m 700 -o "$cluster_user" "$home"
    else
      install -d -m 755 /var/lib/linnet
      ln -s "$(mktemp -d "/var/lib/linnet/$1.XXXXXX")" "$home"
      chown "$cluster_user": "$home/"
      echo "$cluster_user can't enter $state: the data lie in $(realpath "$home")"
    fi
  fi
  cluster=$home
  [[ ! -L $home ]] || cluster=$(realpath "$home")
  socket=$cluster/socket
  # The kernel takes 107 bytes, file name included; libpq takes a comma for the end of a host.
  if ((${#socket} > 90)) || [[ $socket == *,* ]]; then
    make_private_folder "$1" "$cluster_user"
    socket=$(private_folder "$1")
  fi
}

create_cluster() {
  local new=$cluster/data.new   # renamed when complete, so that an interrupted initdb leaves no half cluster
  as_cluster_user rm -rf "$new"
  as_cluster_user "$pg_bin/initdb" -D "$new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --auth-local=peer --auth-host=scram-sha-256
  as_cluster_user mv "$new" "$cluster/data"
}

# After a kill -9 its lock files stay. PostgreSQL removes them at its start, unless a process has the pid that
# they name, even a zombie or a stranger. The data are free once no process has them as its folder.
clear_stale_locks() {
  local deadline=$((SECONDS + 20))
  while [[ -n $(as_cluster_user find /proc -maxdepth 2 -name cwd -lname "$cluster/data" 2>/dev/null) ]]; do
    ((SECONDS < deadline)) || fail "PostgreSQL processes that $state does not know work in $cluster/data"
    pause 0.2
  done
  rm -f "$cluster/data/postmaster.pid" "$socket"/.s.PGSQL.*
}

# The settings that are the same everywhere are files beside this one; these depend on the place.
write_settings() {
  local port=$1 mib who role
  mib=$(memory_mib)
  as_cluster_user install -d -m 700 "$socket"
  {
    cat "$deploy/postgres/postgresql.conf"
    echo "port = $port"
    echo "unix_socket_directories = '${socket//\'/\'\'}'"
    echo "shared_buffers = $(clamp $((mib / 8 / (replicas + 1))) 128 4096)MB"
    echo "effective_cache_size = $((mib / 2 / (replicas + 1)))MB"
    archive_settings
    echo "include_if_exists = 'replication.conf'"
  } | write_as_cluster_user postgresql.conf
  write_as_cluster_user pg_hba.conf <"$deploy/postgres/pg_hba.conf"
  for who in $(printf '%s\n' root "$cluster_user" "$(id -un)" | sort -u); do
    for role in postgres linnet_owner linnet_app; do echo "linnet $who $role"; done
  done | write_as_cluster_user pg_ident.conf
}

write_as_cluster_user() { as_cluster_user tee "$cluster/data/$1" >/dev/null; }

# connect_to NAME ROLE: sets libpq's environment, for psql and sqitch
connect_to() {
  locate_cluster "$1"
  load "$1"
  export PGHOST=$socket PGPORT=${address##*:} PGUSER=$2 PGDATABASE=linnet
}

# conninfo NAME ROLE: the same as a connection string
conninfo() {
  locate_cluster "$1"
  load "$1"
  echo "host='$(quoted "$socket")' port=${address##*:} dbname=linnet user=$2"
}

# database_conninfo APPLICATION: how a server finds the primary, whichever of the clusters that is by then
database_conninfo() {
  local name hosts="" ports=""
  for name in $(clusters); do
    locate_cluster "$name"
    load "$name"
    hosts+=,$socket ports+=,${address##*:}
  done
  echo "host='$(quoted "${hosts#,}")' port=${ports#,} dbname=linnet user=linnet_app" \
    "application_name=$1 target_session_attrs=read-write"
}

quoted() { # for a value within single quotes in a connection string
  local value=${1//\\/\\\\}
  echo "${value//\'/\\\'}"
}

# apply_schema NAME: the roles and the database if they are missing, then what sqitch has not deployed yet
apply_schema() {
  local count
  make_passwords
  (
    connect_to "$1" postgres
    OWNER_PASSWORD=$(password_of linnet_owner) APP_PASSWORD=$(password_of linnet_app) \
      "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -d postgres -f "$deploy/postgres/bootstrap.sql"
    connect_to "$1" linnet_owner
    if schema_is_deployed; then   # sqitch would say so, too, in a second of a processor
      echo "all changes of the plan are deployed" | tee "$state/schema.log"
      exit
    fi
    # It begins psql for every change: Debian's wrapper would take longer than the change.
    PATH=$pg_bin:$PATH sqitch --chdir "$repository/schema" deploy --verify db:pg: | tee "$state/schema.log"
  )
  count=$(grep -c '^  + ' "$state/schema.log") || count=no
  step_detail="$count changes deployed"
}

# schema_is_deployed: the changes that the database has are those of the plan
schema_is_deployed() {
  local planned deployed
  planned=$(sed -nE 's/^([a-z]\w*) .*/\1/p' "$repository/schema/sqitch.plan" | sort)
  deployed=$("$pg_bin/psql" -X -A -t -c "SELECT change FROM sqitch.changes" 2>/dev/null | sort) || return 1
  [[ $planned == "$deployed" ]]
}

make_passwords() {
  local role
  [[ ! -e $state/pgpass ]] || return 0
  for role in linnet_owner linnet_app; do
    echo "127.0.0.1:*:linnet:$role:$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')"
  done | (umask 077; cat >"$state/pgpass.new")
  mv "$state/pgpass.new" "$state/pgpass"
}

password_of() { sed -n "s/^.*:$1://p" "$state/pgpass"; }
