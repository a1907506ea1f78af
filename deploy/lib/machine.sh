# What the machine has, to size builds and caches by.
# shellcheck shell=bash

# memory_mib: of this machine, or of this container where that is limited
memory_mib() {
  local mib limit=max
  mib=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
  [[ ! -r /sys/fs/cgroup/memory.max ]] || limit=$(</sys/fs/cgroup/memory.max)
  [[ $limit == max ]] || ((limit / 1048576 >= mib)) || mib=$((limit / 1048576))
  echo "$mib"
}

# clamp VALUE LOW HIGH
clamp() { echo $(($1 < $2 ? $2 : $1 > $3 ? $3 : $1)); }
