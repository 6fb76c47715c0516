# shellcheck shell=bash
# For the tests of what is installed: how the tree under test was built. Sets `build` (its folder),
# `cc`, `cxx` and `flags` (the sanitizers and such that a program needs to use its library).

build=$(dirname "$(dirname "$TESSERA")")

cached() {  # NAME: a variable of the build's cache
  sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"
}

cc=$(cached CMAKE_C_COMPILER)
cxx=$(cached CMAKE_CXX_COMPILER)
flags=()
if [ -n "$(cached TESSERA_SANITIZE)" ]; then flags+=("-fsanitize=$(cached TESSERA_SANITIZE)"); fi
if [ "$(cached TESSERA_COVERAGE)" = ON ]; then flags+=(--coverage); fi

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
