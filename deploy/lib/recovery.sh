# A cluster made out of a backup and an archive. The recovery runs here, to its end, so that `deploy/up` never meets a
# cluster that is on its way, which it would take for a promotion to finish.
# shellcheck shell=bash

# copy_backup BACKUP: as the data of postgres-1
copy_backup() {
  as_cluster_user mkdir -m 700 "$cluster/data"
  cp -a --reflink=auto "$1/." "$cluster/data/"
  chown -R "$cluster_user": "$cluster/data"
}

# recover ARCHIVE TIME: replays what the archive has, up to the time if there is one; then it takes writes, on a
# timeline of its own. Its log is the step's.
recover() {
  local role address port
  port=$(port_for postgres-1)
  [[ -z $1 ]] || as_cluster_user ln -sfn "$1" "$cluster/archive"
  write_settings "$port"
  recovery_settings "$1" "$2" | write_as_cluster_user replication.conf   # deploy/up writes another one
  as_cluster_user touch "$cluster/data/recovery.signal"
  spawn_postgres postgres-1 "$port"
  until postgres_answers postgres-1; do
    alive postgres-1 || fail_recovery "$2"
    pause 0.5
  done
  [[ -z $1 || -n $2 ]] || check_hole "$1"
  stop postgres-1 600
  step_detail="as of $(last_transaction)"
}

# recovery_settings ARCHIVE TIME: a file that isn't in the archive is its end; one that can't be read is an error
recovery_settings() {
  local get=false
  [[ -z $1 ]] || get='test -e ../archive/%f || exit 1; cp ../archive/%f "%p" || exit 255'
  echo "restore_command = '$get'"
  [[ -z $2 ]] || echo "recovery_target_time = '$2'"
  echo "recovery_target_action = promote"
  echo "hot_standby = off"   # so that it answers when it is done
}

last_transaction() {
  sed -n 's/.*last completed transaction was at log time //p' "$state/postgres-1.log" | tail -n 1 | grep . || echo "the end of the backup"
}

# fail_recovery TIME: what PostgreSQL's last words mean for the one who restores
fail_recovery() {
  case $(tail -n 20 "$state/postgres-1.log") in
    *"before configured recovery target was reached"*)
      fail "the archive ends at $(last_transaction), before $1; without --to, all of it is restored" ;;
    *"before consistent recovery point"*)
      fail "$1 is before the end of this backup: take an older one" ;;
  esac
  fail "the recovery failed"
}

# check_hole ARCHIVE: recovery takes the first file that is missing for the end, even if there are later ones
check_hole() {
  local newest ended
  newest=$(as_cluster_user ls "$1" | grep -E '^[0-9A-F]{8}([0-9A-F]{16}|\.history)$' | tail -n 1)
  ended=$(query postgres-1 "SELECT pg_walfile_name(pg_current_wal_lsn())")
  [[ ! ${newest:8} > ${ended:8} ]] ||
    fail "$1 has a hole: recovery ended in $ended, and it holds $newest; --to $(last_transaction) restores what is before"
}
