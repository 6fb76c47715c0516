#!/usr/bin/env bash
# tessera.h compiles on its own, without a warning, as every C from C99 on and every C++ from 11 on.
set -euo pipefail
. "$(dirname "$0")/build_settings.sh"

strict=(-pedantic -Wall -Wextra -Wstrict-prototypes -Werror -fsyntax-only -I "$TESSERA_SOURCE_DIR/include")
echo '#include "tessera/tessera.h"' >header.c
for standard in c99 c11 c17; do
  "$cc" -std=$standard "${strict[@]}" header.c || fail "$standard"
done
for standard in c++11 c++17 c++20; do
  "$cxx" -x c++ -std=$standard "${strict[@]/-Wstrict-prototypes/-Wall}" header.c || fail "$standard"
done

# Every header of the C++ API stands alone, too.
for header in "$TESSERA_SOURCE_DIR"/include/tessera/*.h; do
  echo "#include \"tessera/$(basename "$header")\"" >header.cpp
  "$cxx" -std=c++20 "${strict[@]/-Wstrict-prototypes/-Wall}" header.cpp || fail "$(basename "$header")"
done
