#!/usr/bin/env bash
# The shared library exports what include/tessera declares, and nothing else.
set -euo pipefail
build=$("$(dirname "$0")/build_setting" folder)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

headers=$TESSERA_SOURCE_DIR/include/tessera
library=$build/lib/libtessera.so
nm -D --defined-only "$library" | awk '{ print $3 }' >mangled.txt
nm -D --defined-only --demangle "$library" | cut -d ' ' -f 3- >exported.txt

# C: the two lists of names are the same.
sed -n 's/^tessera_[a-z_]*$/&/p' mangled.txt | sort -u >c_exported.txt
tr '\n' ' ' <"$headers/tessera.h" | grep -o 'TESSERA_API [^(;]*(' | grep -o 'tessera_[a-z_]*($' |
  tr -d '(' | sort -u >c_declared.txt
[ "$(wc -l <c_declared.txt)" -ge 50 ] || fail "few functions found in tessera.h: $(wc -l <c_declared.txt)"
diff c_declared.txt c_exported.txt || fail "declared (<) is not what is exported (>)"

# C++: names of functions and classes that the headers mark TESSERA_API.
find "$headers" -name '*.h' ! -name export.h -exec cat {} + | grep -v '^ *//' >declarations.txt
tr '\n' ' ' <declarations.txt | grep -o 'TESSERA_API [^(;{]*' | grep -o '[A-Za-z_]*$\|^TESSERA_API [A-Z][A-Za-z]* \(:\|$\)' |
  sed 's/TESSERA_API //; s/[ :]//g' | grep -v '^tessera_\|^$' | sort -u >cpp_declared.txt
grep -o 'class TESSERA_API [A-Za-z]*' declarations.txt | sed 's/.* //' | sort -u >classes.txt
# Namespaces within tessera are part of a name that the declarations do not repeat.
namespaces=$(sed -nE 's/^namespace tessera::([a-z_]+) \{.*/\1/p' declarations.txt | sort -u | paste -sd '|')
grep -v '^tessera_' exported.txt |
  sed -E 's/^(typeinfo for|typeinfo name for|vtable for) //; s/\(.*//; s/\[abi:cxx11\]//g; s/<[^<>]*>//g' |
  sed -nE 's/^(.* )?tessera::(.*)$/\2/p; t; s/^/NOT OURS: /p' |
  sed -E "s/^(${namespaces:-none})::([A-Za-z_:]+)\$/\2/" | sort -u >cpp_exported.txt
while read -r name; do
  outer=${name%%::*}
  if [ "$outer" != "$name" ]; then
    grep -qx "$outer" classes.txt || fail "exported: $name, whose class is not declared TESSERA_API"
    member=${name#*::}
    [ "${member#*::}" = "$member" ] || fail "exported: $name, which is private to $outer"
  else
    grep -qx "$name" classes.txt cpp_declared.txt || fail "exported: $name, which no header declares"
  fi
done <cpp_exported.txt
while read -r name; do
  grep -qE "^$name(::.*)?$" cpp_exported.txt || fail "declared and not exported: $name"
done <cpp_declared.txt
echo "$(wc -l <c_exported.txt) C functions and $(wc -l <cpp_exported.txt) names of the C++ API are exported"
