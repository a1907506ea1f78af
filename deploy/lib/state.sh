# The state folder: a record for each component, its log beside it, ports that stay the same.
#
#     DIR/components/NAME   one line: role, host:port
#     DIR/services/NAME     what its supervisor runs, see supervise.sh
#     DIR/NAME.log          what the component printed
#     DIR/up.log            what the last steps of a command printed
#     DIR/topology          how many of each there are, see topology.sh
#     DIR/primary           the PostgreSQL cluster that takes writes, once that was decided
#
# All of it is private: what is made here nobody else can read, and of what an older version made, that is taken back.
# shellcheck shell=bash

# create_state DIR: sets $state and the topology, and makes the folder
create_state() {
  state=$(realpath -m -- "$1")
  mkdir -p -- "${state%/*}" || fail "can't create $state"
  umask 077
  mkdir -p -- "$state" || fail "can't create $state"
  [[ -O $state ]] || fail "$state belongs to $(stat -c %U "$state"), and you are $(id -un)"
  if [[ -d $state/components || -z $(ls -A -- "$state") ]]; then   # else there is what isn't ours in it
    find "$state" -maxdepth 2 -user "$(id -un)" ! -type l -perm /066 -exec chmod go-rwx {} +
  fi
  mkdir -p -- "$state/components"
  recall_topology
}

# lock_state: one command at a time changes the folder; unlock_state lets the next one in
lock_state() {
  exec {state_lock}>"$state/lock"
  flock -n "$state_lock" && return
  echo "waiting for another deploy command on $state"
  flock "$state_lock"
}
unlock_state() { exec {state_lock}>&-; }

# components [ROLE]: names
components() {
  local file its
  for file in "$state"/components/*; do
    [[ -e $file ]] || continue
    read -r its _ <"$file"
    [[ -n ${1:-} && $its != "$1" ]] || echo "${file##*/}"
  done
}

# load NAME: sets $role and $address; false when there is no such component
load() {
  role="" address=""
  [[ -e $state/components/$1 ]] && read -r role address _ <"$state/components/$1"
}

# save NAME ROLE ADDRESS: by rename, so that a reader never sees half a line
save() {
  echo "${*:2}" >"$state/components/.$1"
  mv "$state/components/.$1" "$state/components/$1"
}

change_role() { # change_role NAME ROLE: in its record
  local role address
  ! load "$1" || save "$1" "$2" "$address"
}

# make_private_folder NAME OWNER: for NAME's unix sockets, of whose names the kernel takes 107 bytes. DIR/NAME.private links
# to it. Nobody foresees its name in /tmp, so nobody has one there before us, and it is a new one if that isn't ours.
make_private_folder() {
  local link=$state/$1.private new
  [[ $(stat -Lc %U:%a -- "$link" 2>/dev/null) == "$2:700" && $(<"$link/of") == "$state" ]] && return
  new=$(mktemp -d /tmp/linnet-XXXXXXXXXX)
  echo "$state" >"$new/of"   # a copy of the state folder has the link, too
  chown "$2": "$new"
  ln -sfn "$new" "$link"
}
private_folder() { readlink "$state/$1.private"; }   # false when there is none
remove_private_folder() {
  local folder
  folder=$(private_folder "$1") || return 0
  [[ $(cat "$folder/of" 2>/dev/null) != "$state" ]] || rm -rf -- "$folder"
  rm -f -- "$state/$1.private"
}

listening() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port_for NAME: the one it had, where those that run look for it, if that gets free within 10 s (a dying process listens till
# it is dead); else one derived from the folder's name, so that two folders rarely meet; below the range from which the
# kernel takes ports for clients.
port_for() {
  local role address port deadline=$((SECONDS + 10))
  if load "$1"; then
    while listening "${address##*:}" && ((SECONDS < deadline)); do pause 0.05; done
    if ! listening "${address##*:}"; then
      echo "${address##*:}"
      return
    fi
  fi
  port=$((15000 + $(cksum <<<"$state $1" | cut -d' ' -f1) % 16000))
  while listening "$port" || grep -qs ":$port " "$state"/components/*; do
    port=$((port < 30999 ? port + 1 : 15000))
  done
  echo "$port"
}

# parse_state ARGUMENT...: sets $state to the folder that --state names, and the topology;
# $arguments to the other words
parse_state() {
  local dir=$repository/.state
  arguments=()
  while (($#)); do
    case $1 in
      --state) dir=${2:?--state needs a folder}; shift ;;
      --state=*) dir=${1#*=} ;;
      -h | --help) usage; exit ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  state=$(realpath -m -- "$dir")
  umask 077
  recall_topology
}

# require_state: something was started here, and no word of the command line was left over
require_state() {
  ((${#arguments[@]} == 0)) || fail "unknown option ${arguments[0]} (see --help)"
  [[ -d $state/components ]] || fail "nothing was started in $state"
}
