#!/usr/bin/env bash
# What `make install` installs, as projects elsewhere use it: with pkg-config from C99, shared and
# static; with find_package(Tessera) from C and C++; and after the installed tree was moved. Nothing
# of the tree under test is built again.
set -euo pipefail
setting=$(dirname "$0")/build_setting
build=$("$setting" folder)
cc=$("$setting" CMAKE_C_COMPILER)
cxx=$("$setting" CMAKE_CXX_COMPILER)
mapfile -t flags < <("$setting" flags | grep .)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

sample=$(echo "$TESSERA_SOURCE_DIR"/models/*/sample.wav)
words=$(head -n 1 "${sample%.wav}.txt")
examples=$PWD/examples
rm -rf prefix moved examples cmake-build home
mkdir examples home
cp "$TESSERA_SOURCE_DIR"/examples/transcribe.{c,cpp} examples
# Only the model that was installed may be found.
export HOME=$PWD/home
unset TESSERA_CACHE XDG_CACHE_HOME HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE LD_LIBRARY_PATH

hears_the_words() {  # PROGRAM ARGUMENTS...
  local output
  output=$("$@" 2>stderr.txt) || fail "$* ended with $?: $(cat stderr.txt)"
  output=$(sed 's/^\[[^]]*\] *//' <<<"$output" | tr '\n' ' ')  # the program has lines and times
  [[ $output == *"$words"* ]] || fail "$*: expected '$words', got '$output'"
}

loads() {  # PROGRAM PART: whether a shared library's path has that part
  ldd "$1" >loaded.txt
  grep -qF "$2" loaded.txt
}

use_prefix() {  # FOLDER
  export PKG_CONFIG_PATH
  PKG_CONFIG_PATH=$(dirname "$(find "$1" -name tessera.pc)")
  libdir=$(pkg-config --variable=libdir tessera)
  [[ $libdir == "$1"/* ]] || fail "tessera.pc: expected a libdir in $1, got $libdir"
}

compile_c() {  # OUTPUT LIBRARIES...
  local output=$1 cflags
  shift
  read -ra cflags <<<"$(pkg-config --cflags tessera)"
  "$cc" -std=c99 -pedantic -Wall -Wextra -Werror "${flags[@]}" "${cflags[@]}" \
    examples/transcribe.c "$@" -o "$output"
}

echo "install"
cmake --install "$build" --prefix "$PWD/prefix" >install.txt
! grep -rlF "$PWD" prefix/lib*/cmake prefix/lib*/*/cmake prefix/lib*/pkgconfig 2>/dev/null ||
  fail "the prefix is written into these files, so the tree could not be moved"

echo "pkg-config, shared"
use_prefix "$PWD/prefix"
read -ra libraries <<<"$(pkg-config --libs tessera)"
[ "${#libraries[@]}" -eq 2 ] || fail "only -L and -ltessera expected, got ${libraries[*]}"
compile_c shared_c "${libraries[@]}"
LD_LIBRARY_PATH=$libdir hears_the_words ./shared_c "" "$sample"

echo "the installed tree is moved"
mv prefix moved
LD_LIBRARY_PATH=${libdir/prefix/moved} hears_the_words ./shared_c "" "$sample"
hears_the_words moved/bin/tessera "$sample"
use_prefix "$PWD/moved"

echo "pkg-config, static"
libraries=()
for library in $(pkg-config --static --libs tessera); do
  [ "$library" = -ltessera ] && library=-l:libtessera.a
  libraries+=("$library")
done
compile_c static_c "${libraries[@]}"
! loads static_c libtessera || fail "static_c needs the shared library"
hears_the_words ./static_c "$(pkg-config --variable=modeldir tessera)/$(basename "$(dirname "$sample")")" \
  "$sample"

echo "find_package"
cmake -G Ninja -S "$TESSERA_SOURCE_DIR/tests/install/consumer" -B cmake-build \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$PWD/moved" \
  -DCMAKE_C_FLAGS="${flags[*]}" -DCMAKE_CXX_FLAGS="${flags[*]}" -DEXAMPLES="$examples" >configure.txt
cmake --build cmake-build >compile.txt || fail "$(cat compile.txt)"
hears_the_words cmake-build/consumer_c "" "$sample"
hears_the_words cmake-build/consumer_cpp "" "$sample"
loads cmake-build/consumer_c "$PWD/moved" || fail "consumer_c uses another library"
! loads cmake-build/consumer_static libtessera || fail "consumer_static needs the library"
hears_the_words cmake-build/consumer_static "moved/share/tessera/models/$(basename "$(dirname "$sample")")" \
  "$sample"
