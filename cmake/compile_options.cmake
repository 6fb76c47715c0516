# The one set of flags that everything of ours is compiled with.
add_compile_options(-Wall -Wextra)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in "literal" + std::string where there are none (GCC bug 105651).
  add_compile_options(-Wno-restrict)
endif()
if(TESSERA_WERROR)
  add_compile_options(-Werror)
endif()

# What computes most has options of its own (kernel_variants.cmake). The rest is as fast with -O2, if
# loops become vectors all the same (src/CMakeLists.txt), and takes less time to compile than with the -O3
# of CMake: for some sources half.
if(CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
endif()

# LLVM's linker takes a second for a program that GNU's takes three for.
find_program(TESSERA_LLD ld.lld)
if(TESSERA_LLD AND NOT CMAKE_CROSSCOMPILING)
  add_link_options(-fuse-ld=lld)
endif()

# tessera_prefer_library_code(target): for programs whose own objects are optimised less than the library.
# What both make of a template is linked once, and that is the first that the linker meets.
function(tessera_prefer_library_code target)
  target_link_options(${target} PRIVATE
    "LINKER:--whole-archive,$<TARGET_FILE:tessera_core>,--no-whole-archive")
endfunction()

# x86-64-v2 is the baseline that every supported machine has; faster code is chosen at run time.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=x86-64-v2)
endif()

if(TESSERA_SANITIZE)
  add_compile_options(-fsanitize=${TESSERA_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer_ignorelist.txt)
  endif()
  add_link_options(-fsanitize=${TESSERA_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

if(TESSERA_FUZZ)
  # libFuzzer's counters in everything; its main() is in the harnesses alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(TESSERA_COVERAGE)
  # Atomic counters: with plain ones GCC lets loops run on a counter that other threads change, too.
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
