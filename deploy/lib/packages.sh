# Debian packages: installs what is missing, and asks neither apt nor the network when nothing is.
# shellcheck shell=bash

# install_packages LIST...: files of one package a line, see packages.txt
install_packages() {
  local mask
  mapfile -t missing < <(missing_packages "$@")
  step_detail="none missing"
  ((${#missing[@]})) || return 0
  mask=$(umask)
  umask 022
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "missing, and there is no sudo; as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  [[ " ${missing[*]} " != *" postgresql-15 "* ]] || prevent_main_cluster
  [[ ! " ${missing[*]} " =~ \ prometheus(-node-exporter)?\  ]] || prevent_prometheus
  local options=(-y --no-install-recommends -o DPkg::Lock::Timeout=300)
  "${as_root[@]}" apt-get update -q </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}" </dev/null
  allow_main_cluster
  allow_services
  umask "$mask"
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

# Of Prometheus and its node exporter the tests want the programs alone: no daemon starts, now or at the next boot. The
# preset is for machines with systemd, the policy for others; where there is a policy, as in containers, it holds.
service_preset=/etc/systemd/system-preset/50-linnet-install.preset
service_policy=/usr/sbin/policy-rc.d

prevent_prometheus() {
  "${as_root[@]}" mkdir -p "${service_preset%/*}"
  printf 'disable %s.service\n' prometheus prometheus-node-exporter | "${as_root[@]}" tee "$service_preset"
  [[ ! -e $service_policy ]] || return 0
  "${as_root[@]}" install -m 755 /dev/stdin "$service_policy" <<'POLICY'
#!/bin/sh
# linnet: for one installation
case $1 in prometheus*) exit 101 ;; esac
POLICY
}

allow_services() { # these are for this installation only, too
  [[ ! -e $service_preset ]] || "${as_root[@]}" rm "$service_preset"
  ! grep -qs '^# linnet:' "$service_policy" || "${as_root[@]}" rm "$service_policy"
}
