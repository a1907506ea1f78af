# Another cluster becomes the primary: in an orderly handover, or because the primary is dead.
#
# The order is what makes it safe. The old primary is stopped and fenced before DIR/primary names the new one, and
# only then the new one is told to take writes; so there are never two, wherever this is interrupted, and `deploy/up`
# or another `deploy/promote` goes on from there.
# shellcheck shell=bash

# position NAME: up to where a replica has the WAL, in bytes; nothing when it doesn't answer
position() {
  query "$1" "SELECT pg_wal_lsn_diff(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')" 2>/dev/null || true
}

# most_advanced: the running replica with most of the WAL
most_advanced() {
  local name at best="" most=-1
  for name in $(replica_names); do
    alive "$name" || continue
    at=$(position "$name")
    if [[ -n $at ]] && ((at > most)); then best=$name most=$at; fi
  done
  echo "$best"
}

# hand_over NEW FORCE: from a primary that runs. It is stopped when NEW has all that it acknowledged.
hand_over() {
  local new=$1 force=$2 old deadline=$((SECONDS + 20))
  old=$(primary_name)
  is_followed_by "$new" || [[ $force == true ]] || fail "$new doesn't follow $old; with --force, what it lacks is lost"
  query "$old" CHECKPOINT   # else the shutdown, with writes away, would write it all
  away_since=$EPOCHREALTIME
  stop "$old"
  until has_all_of "$old" "$new"; do
    if ((SECONDS >= deadline)) && [[ $force == false ]]; then
      start_postgres "$old"
      fail "$new hasn't received all of $old, which runs again; with --force, what it lacks is lost"
    fi
    ((SECONDS < deadline)) || break
    pause 0.05
  done
}

# has_all_of OLD NEW: the last record of an orderly shutdown is a checkpoint; NEW has it. Not if OLD had to be killed.
has_all_of() {
  local control last
  locate_cluster "$1"
  control=$(as_cluster_user "$pg_bin/pg_controldata" -D "$cluster/data")
  grep -q '^Database cluster state: *shut down$' <<<"$control" || return 1
  last=$(sed -n 's/^Latest checkpoint location: *//p' <<<"$control")
  [[ $(query "$2" "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > '$last'") == t ]]
}

# take_over NEW FORCE: from a primary that is dead, or hangs and is now killed
take_over() {
  local new=$1 force=$2 old
  old=$(primary_name)
  if alive "$old"; then
    [[ $force == true ]] || fail "$old runs, but doesn't answer: with --force it is killed"
    away_since=$EPOCHREALTIME
    s6-svc -Oq "$state/services/$old"
  fi
  stop "$old" 5   # also one that is dead: its supervisor would bring it back
  tell_loss "$old" "$new"
  ((lost > 0)) || return 0
  [[ $force == true ]] || fail "deploy/up starts $old again, with them; with --force they are lost, and $new becomes the primary"
  echo "they are lost"
}

# tell_loss OLD NEW: sets $lost to the transactions that OLD's WAL has beyond NEW's. Those that a synchronous replica
# must have before they are acknowledged, and the most advanced of enough replicas has not, nobody was promised.
tell_loss() {
  local from records bytes
  lost=0
  from=$(replayed "$2")
  locate_cluster "$1"
  if ! records=$(wal_records_from "$from"); then
    echo "what $2 had not received from $1 is lost; how much that is, its WAL doesn't tell"
    return
  fi
  lost=$(grep -c 'desc: COMMIT' <<<"$records" || true)
  bytes=$(sed -n 's/.*rec\/tot): *[0-9]*\/ *\([0-9]*\).*/\1/p' <<<"$records" | awk '{ n += $1 } END { print n + 0 }')
  echo "$1 has $bytes bytes of WAL beyond $from, where $2 ends, with $lost commits"
  if ((lost > 0)) && is_safe_beyond "$2"; then
    echo "none of them was acknowledged: $synchronous replicas would have had them"
    lost=0
  fi
}

# replayed NAME: where its WAL ends, when it has replayed what it received of whole records
replayed() {
  local at before=""
  at=$(query "$1" "SELECT pg_last_wal_replay_lsn()")
  while [[ $at != "$before" ]]; do
    pause 0.1
    before=$at
    at=$(query "$1" "SELECT pg_last_wal_replay_lsn()")
  done
  echo "$at"
}

# wal_records_from LSN: of the cluster that is located; none is no failure, no WAL to read is
wal_records_from() {
  local output timeline
  timeline=$(as_cluster_user ls "$cluster/data/pg_wal" | grep -E '^[0-9A-F]{24}$' | cut -c1-8 | sort | tail -n 1)
  output=$(as_cluster_user "$pg_bin/pg_waldump" -p "$cluster/data/pg_wal" -t $((16#$timeline)) -s "$1" 2>&1) ||
    [[ $output == *"invalid record length"* || $output == *"could not find a valid record"* ]] || return 1
  grep '^rmgr:' <<<"$output" || true
}

is_safe_beyond() { # enough replicas answer that one of them has each acknowledged write, and this is the one
  local name answering=0
  ((synchronous > 0)) || return 1
  for name in $(replica_names); do
    [[ -z $(position "$name") ]] || ((++answering))
  done
  ((answering > replicas - synchronous)) && [[ $(position "$1") == $(position "$(most_advanced)") ]]
}

# make_primary NEW: the old one is stopped
make_primary() {
  local new=$1 old
  old=$(primary_name)
  locate_cluster "$old"
  [[ ! -e $cluster/data/PG_VERSION ]] || fence "$old"
  set_primary "$new"
  change_role "$old" replica
  finish_promotion
}

# bring_replicas NAME...: those that run get a slot on the primary and turn to it; returns when all follow
bring_replicas() {
  local name
  for name; do
    ! alive "$name" || create_slot "$name"
  done
  follow_primary
  for name; do start_replica "$name"; done
}

# wait_for_writes: every server that runs is ready and has a connection to the new primary
wait_for_writes() {
  local name deadline=$((SECONDS + 30))
  for name in $(components server); do
    alive "$name" || continue
    until server_answers "$name" && is_connected "$name"; do
      ((SECONDS < deadline)) || fail_with_log "$name" "$name doesn't find the new primary"
      pause 0.05
    done
  done
}

is_connected() { # a server says in its connections who it is
  [[ $(query "$(primary_name)" "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = '$1'") == t ]]
}

flush_caches() { # they may hold what was lost
  local name
  for name in $(components cache); do
    if alive "$name" && ! flush_memcached "$name"; then echo "$name can't be flushed: it may show lost writes for a minute"; fi
  done
}
