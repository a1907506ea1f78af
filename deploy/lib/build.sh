# The build: one preset at a time, since two `up` may share the source tree.
# shellcheck shell=bash

# build PRESET TARGET...: configures where needed, then builds
build() {
  local preset=$1 folder=$repository/build/$1 lock mask
  shift
  mask=$(umask)
  umask 022   # a state folder is private, the build is not
  mkdir -p "$folder"
  exec {lock}>"$folder/.lock"
  flock "$lock"
  if [[ ! -e $folder/build.ninja || $repository/CMakePresets.json -nt $folder/build.ninja ]]; then
    (cd "$repository" && cmake --preset "$preset")
  fi
  cmake --build "$folder" --parallel "$(build_jobs)" --target "$@"
  exec {lock}>&-
  umask "$mask"
}

# Beast in a translation unit takes up to 1.5 GB, more than many small machines have for each core.
build_jobs() {
  local jobs=$(($(memory_mib) / 1536)) cores
  cores=$(nproc)
  ((jobs >= 1)) || jobs=1
  echo $((jobs < cores ? jobs : cores))
}
