# Streaming replicas: a cluster that is not the primary follows it, by a slot of its own there.
#
# What a cluster follows and whom it waits for is its data/replication.conf, written at each start and whenever
# another one becomes the primary; all other settings are the same for all, so that any of them may become it.
#
# A cluster that once was the primary may hold what no other has. `fence` marks it: it can't start as a primary
# any more, not even by hand, and before it starts as a replica it is rewound to where the others left it.
# shellcheck shell=bash

# query NAME SQL: as the superuser, bare output; false when it doesn't answer
query() {
  (
    connect_to "$1" postgres
    PGCONNECT_TIMEOUT=3 timeout 600 "$pg_bin/psql" -XAtqw -v ON_ERROR_STOP=1 -d postgres -c "$2"
  )
}

slot_of() { echo "${1//-/_}"; }   # PostgreSQL allows no dash in the name of a slot

# start_replica NAME: copies the primary if need be; one that doesn't get its WAL any more is copied anew
start_replica() {
  local name=$1
  create_slot "$name"
  start_postgres "$name"
  change_role "$name" replica
  if ! wait_streaming "$name" 15; then
    echo "$name doesn't follow the primary: it becomes a new copy"
    stop "$name"
    drop_slot "$name"
    remove_data "$name"
    create_slot "$name"
    start_postgres "$name"
    wait_streaming "$name" 30 || fail_with_log "$name" "$name doesn't follow $(primary_name)"
  fi
}

# is_followed_by NAME: asked of the primary, since a replica may believe in another one
is_followed_by() {
  [[ $(query "$(primary_name)" "SELECT true FROM pg_stat_replication
    WHERE application_name = '$1' AND state IN ('catchup', 'streaming')") == t ]]
}

wait_streaming() { # wait_streaming NAME SECONDS
  local deadline=$((SECONDS + $2))
  until is_followed_by "$1"; do
    ((SECONDS < deadline)) || return 1
    pause 0.1
  done
}

create_slot() { # the primary keeps the WAL that this replica has not had yet, see max_slot_wal_keep_size
  query "$(primary_name)" "SELECT pg_create_physical_replication_slot('$(slot_of "$1")', true)
    WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$(slot_of "$1")')" >/dev/null
}

drop_slot() { # within a few seconds: the primary notices the end of a replica's connection a little later
  local tries=50
  until query "$(primary_name)" "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
      WHERE slot_name = '$(slot_of "$1")'" >/dev/null 2>&1 || ((--tries == 0)); do
    pause 0.1
  done
}

# drop_unknown_slots: what a replica that is gone would need, nobody does
drop_unknown_slots() {
  local name known=""
  for name in $(replica_names); do known+=",'$(slot_of "$name")'"; done
  query "$(primary_name)" "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
    WHERE slot_type = 'physical' AND NOT active AND slot_name NOT IN (''$known)" >/dev/null
}

# prepare_replica NAME: before it starts. $cluster is located.
prepare_replica() {
  if [[ ! -e $cluster/data/PG_VERSION ]]; then
    copy_primary "$1"
  elif [[ -e $cluster/fenced || ! -e $cluster/data/standby.signal ]]; then
    rewind "$1"
  fi
  as_cluster_user touch "$cluster/data/standby.signal"
  as_cluster_user rm -f "$cluster/fenced"
}

copy_primary() {
  local new=$cluster/data.new
  as_cluster_user rm -rf "$new"
  as_cluster_user "$pg_bin/pg_basebackup" -D "$new" -d "$(replication_conninfo "$1")" --slot="$(slot_of "$1")" \
    --wal-method=stream --checkpoint=fast
  as_cluster_user rm -rf "$cluster/data"
  as_cluster_user mv "$new" "$cluster/data"
}

# rewind NAME: takes back what the primary never had; where that can't be done, all of it is copied again.
# The checkpoint first: pg_rewind believes the primary's control file, which else may tell of an older timeline.
rewind() {
  query "$(primary_name)" CHECKPOINT
  clear_stale_locks
  as_cluster_user rm -f "$cluster/data/standby.signal"   # recovery from a crash, its first step, refuses it
  if ! as_cluster_user "$pg_bin/pg_rewind" -D "$cluster/data" --source-server="$(replication_conninfo "$1")"; then
    echo "$1 can't be rewound: it becomes a new copy"
    copy_primary "$1"
  fi
  as_cluster_user find "$cluster/data/pg_replslot" -mindepth 1 -delete   # what it kept for those who followed it
}

# finish_promotion: the primary takes writes, also when it was started as the replica that it had been
finish_promotion() {
  local name
  name=$(primary_name)
  change_role "$name" primary
  locate_cluster "$name"
  as_cluster_user rm -f "$cluster/fenced"
  [[ $(query "$name" "SELECT pg_is_in_recovery()") == t ]] || return 0
  [[ $(query "$name" "SELECT pg_promote(true, 60)") == t ]] || fail_with_log "$name" "$name does not become the primary"
}

# fence NAME: it is stopped, and is not to come back as a primary
fence() {
  locate_cluster "$1"
  as_cluster_user touch "$cluster/fenced" "$cluster/data/standby.signal"
}

replication_conninfo() { # how NAME connects to the primary
  local name=$1
  (
    locate_cluster "$(primary_name)"
    load "$(primary_name)"
    echo "host='$(quoted "$socket")' port=${address##*:} user=postgres dbname=postgres application_name=$name"
  )
}

# write_replication NAME: $cluster is located
write_replication() {
  {
    if [[ $1 != "$(primary_name)" ]]; then
      echo "primary_conninfo = '$(replication_conninfo "$1" | sed "s/['\\\\]/&&/g")'"
      echo "primary_slot_name = '$(slot_of "$1")'"
    fi
    echo "synchronous_standby_names = '$(synchronous_standby_names)'"
  } | write_as_cluster_user replication.conf
}

# Any N of all the clusters; the primary, which is one of them, is never its own replica.
synchronous_standby_names() {
  local name names=""
  ((synchronous > 0)) || return 0
  for name in $(clusters); do names+=",\"$name\""; done
  echo "ANY $synchronous (${names#,})"
}

# waiting_writes: what status says of a primary with fewer synchronous replicas than each write must have
waiting_writes() {
  local there
  ((synchronous > 0)) || return 0
  there=$(query "$(primary_name)" "SELECT count(*) FROM pg_stat_replication
    WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')" 2>/dev/null) || return 0
  ((there >= synchronous)) || echo "WRITES WAIT: $there of $synchronous synchronous replicas follow"
}

# follow_primary: the settings of those that run, after another one became the primary or a replica came or went
follow_primary() {
  local name
  for name in $(clusters); do
    alive "$name" || continue
    locate_cluster "$name"
    write_replication "$name"
    query "$name" "SELECT pg_reload_conf()" >/dev/null
  done
}

remove_data() {
  locate_cluster "$1"
  as_cluster_user rm -rf "$cluster/data"
}

remove_cluster() { # its data, its log stays
  remove_data "$1"
  rm -rf "$cluster" "$socket"
  remove_private_folder "$1"
  rm -f "$state/$1"
}

# lag NAME: what status says of a replica
lag() {
  query "$1" "SELECT coalesce((SELECT status FROM pg_stat_wal_receiver), 'not streaming') || format(', %s bytes to replay, %s ms behind',
      greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())),
      CASE WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0
        ELSE coalesce(round(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000), 0) END)" 2>/dev/null
}
