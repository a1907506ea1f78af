# Loaded by every command in deploy/: where things are, and the functions, one file a concern.
# shellcheck shell=bash source-path=SCRIPTDIR/..

deploy=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
repository=$(dirname "$deploy")
export LC_ALL=C.UTF-8

source "$deploy/lib/output.sh"
source "$deploy/lib/machine.sh"
source "$deploy/lib/packages.sh"
source "$deploy/lib/build.sh"
source "$deploy/lib/state.sh"
source "$deploy/lib/supervise.sh"
source "$deploy/lib/topology.sh"
source "$deploy/lib/postgres.sh"
source "$deploy/lib/replication.sh"
source "$deploy/lib/archive.sh"
source "$deploy/lib/recovery.sh"
source "$deploy/lib/memcached.sh"
source "$deploy/lib/server.sh"
source "$deploy/lib/haproxy.sh"
source "$deploy/lib/stack.sh"
source "$deploy/lib/rolling.sh"
source "$deploy/lib/promotion.sh"
