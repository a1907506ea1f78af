# The WAL archive: a folder that a system's clusters fill, each while it is the primary, for deploy/restore.
#
# A cluster gets there by CLUSTER/archive and CLUSTER/archive_wal beside its data, so that no folder's name has to be
# quoted for PostgreSQL and its shell, and the cluster's user needs no way into this repository.
# shellcheck shell=bash

# claim_archive: makes the folder, for this system alone. A restored copy that archived there as well would leave a
# timeline that the next restore takes for the newest.
claim_archive() {
  (umask 022; mkdir -p -- "$archive")   # so that the cluster's user gets there
  [[ -e $archive/system ]] || {
    chown "$cluster_user": "$archive"
    chmod 700 "$archive"
    echo "$state" >"$archive/system"
  }
  is_our_archive || fail "$archive holds the WAL of $(<"$archive/system"): each system has an archive of its own"
  as_cluster_user test -w "$archive/" || fail "$cluster_user can't write in $archive"
}

is_our_archive() { [[ $(cat "$archive/system" 2>/dev/null) == "$state" ]]; }

# link_archive: before a cluster starts. $cluster is located
link_archive() {
  rm -f "$cluster/archive"
  [[ -n $archive ]] || return 0
  is_our_archive || fail "$archive is not the archive of $state (not mounted? else write that name into $archive/system)"
  as_cluster_user ln -s "$archive" "$cluster/archive"
  as_cluster_user tee "$cluster/archive_wal" <"$deploy/postgres/archive_wal" >/dev/null
}

# archive_settings: PostgreSQL's. Its commands run in the data folder. A minute at most is not archived yet.
archive_settings() {
  [[ -n $archive ]] || return 0
  echo "archive_mode = on"
  echo "archive_command = 'bash ../archive_wal %p ../archive/%f'"
  echo "archive_timeout = 60s"
}

# archive_received NAME: what it had received before it became the primary, where the old one died before it had
# archived that; PostgreSQL archives only what a cluster wrote itself. Of older timelines it has complete segments
# alone, since a promotion renames the last one.
archive_received() {
  local file timeline
  [[ -n $archive ]] || return 0
  locate_cluster "$1"
  timeline=$(query "$1" "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")
  for file in $(as_cluster_user ls "$cluster/data/pg_wal"); do
    [[ $file =~ ^[0-9A-F]{24}$|^[0-9A-F]{8}\.history$ && $file < $timeline && ! -e $archive/$file ]] || continue
    as_cluster_user bash "$cluster/archive_wal" "$cluster/data/pg_wal/$file" "$archive/$file"
  done
}

# archiving: what status says of it
archiving() {
  query "$(primary_name)" "SELECT CASE
      WHEN last_failed_time > coalesce(last_archived_time, '-infinity')
        THEN format('archiving fails: %s at %s', last_failed_wal, last_failed_time::timestamptz(0))
      WHEN last_archived_time IS NULL THEN 'nothing archived yet'
      ELSE format('archived: %s at %s', last_archived_wal, last_archived_time::timestamptz(0)) END
    FROM pg_stat_archiver" 2>/dev/null
}
