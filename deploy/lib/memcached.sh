# memcached: a cache that may vanish at any time, so nothing of it is kept.
# shellcheck shell=bash

# start_memcached NAME
start_memcached() {
  local name=$1 port as_user=()
  if ! alive "$name"; then
    port=$(port_for "$name")
    ((EUID != 0)) || as_user=(-u memcache)   # it refuses to run as root
    spawn "$name" cache "127.0.0.1:$port" memcached -l 127.0.0.1 -p "$port" -U 0 -c 8192 \
      -m "$(clamp $(($(memory_mib) / 16)) 64 1024)" "${as_user[@]}"
  fi
  wait_for "$name" 10 memcached_answers "$name"
  load "$name"
  step_detail=$address
}

memcached_answers() { [[ $(tell_memcached "$1" version) == VERSION* ]]; }
flush_memcached() { [[ $(tell_memcached "$1" flush_all) == OK* ]]; }

# tell_memcached NAME COMMAND: prints the first line of the answer
tell_memcached() {
  local role address
  load "$1"
  # shellcheck disable=SC2016
  timeout 2 bash -c 'exec 5<>"/dev/tcp/$0/$1" && printf "%s\r\n" "$2" >&5 && read -r -u 5 answer && echo "$answer"' \
    "${address%:*}" "${address##*:}" "$2" 2>/dev/null
}
