# Debian packages: installs what is missing, and asks neither apt nor the network when nothing is.
# shellcheck shell=bash

# install_packages LIST...: files of one package a line, see packages.txt
install_packages() {
  mapfile -t missing < <(missing_packages "$@")
  step_detail="none missing"
  ((${#missing[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "missing, and there is no sudo; as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  if printf '%s\n' "${missing[@]}" | grep -qx postgresql-15; then prevent_main_cluster; fi
  local options=(-y --no-install-recommends -o DPkg::Lock::Timeout=300)
  "${as_root[@]}" apt-get update -q </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}" </dev/null
  allow_main_cluster
  step_detail="installed ${#missing[@]}"
}

missing_packages() {
  local package command installed
  installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n')
  while read -r package command; do
    [[ -n $package && $package != \#* ]] || continue
    [[ -n $command ]] && command -v "$command" >/dev/null && continue
    [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || echo "$package"
  done < <(cat "$@")
}

# Debian creates and starts a cluster with the package. Ours is private, so nobody would use that one.
main_cluster_off=/etc/postgresql-common/createcluster.d/linnet-install.conf

prevent_main_cluster() {
  "${as_root[@]}" mkdir -p "${main_cluster_off%/*}"
  echo 'create_main_cluster = false' | "${as_root[@]}" tee "$main_cluster_off"
}

allow_main_cluster() { # the setting is for this installation only
  [[ ! -e $main_cluster_off ]] || "${as_root[@]}" rm "$main_cluster_off"
}
