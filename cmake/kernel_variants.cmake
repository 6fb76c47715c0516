# Compile flags of kernel variants, by the end of their file names. Each src/compute/kernels/<op>/
# <op>_<variant>.cpp is one variant; files that end in _test.cpp are tests.
#
# GCC 12 allocates registers badly for micro-kernels of many accumulators: its partial redundancy
# elimination hoists loads and spills accumulators in every step. -fno-tree-pre restores the speed;
# tools/check_spills fails when a loop of a micro-kernel touches the stack with a vector register.
set(TESSERA_KERNEL_FLAGS -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 takes the undefined operand inside its own AVX-512 intrinsics for ours (GCC bug 105593).
  list(APPEND TESSERA_KERNEL_FLAGS -fno-tree-pre -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

if(TESSERA_SANITIZE MATCHES "undefined")
  # A check of every pointer in loops that are unrolled this far takes clang minutes per file. The address
  # sanitizer looks at the same accesses.
  list(APPEND TESSERA_KERNEL_FLAGS -fno-sanitize=alignment,null,pointer-overflow,object-size)
endif()

set(TESSERA_ISA_FLAGS_avx2 -march=x86-64-v3)
set(TESSERA_ISA_FLAGS_avx_vnni -march=x86-64-v3 -mavxvnni)
set(TESSERA_ISA_FLAGS_avx512 -march=x86-64-v4 -mavx512vbmi)
set(TESSERA_ISA_FLAGS_avx512_vnni -march=x86-64-v4 -mavx512vbmi -mavx512vnni)
set(TESSERA_ISA_FLAGS_avx512_bf16 -march=x86-64-v4 -mavx512vbmi -mavx512vnni -mavx512bf16)
set(TESSERA_ISA_FLAGS_amx ${TESSERA_ISA_FLAGS_avx512_bf16} -mamx-tile -mamx-int8 -mamx-bf16)
set(TESSERA_ISA_FLAGS_neon)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # For Arm, and not for x86, GCC orders instructions before it allocates registers too. It moves all
  # loads of a step to its beginning, and then has too few registers for the accumulators.
  list(APPEND TESSERA_ISA_FLAGS_neon -fno-schedule-insns)
endif()
set(TESSERA_ISA_FLAGS_neon_dotprod ${TESSERA_ISA_FLAGS_neon} -march=armv8.2-a+dotprod)
# The longest name first, since avx512 is also the beginning of others.
set(TESSERA_ISA_SUFFIXES avx512_vnni avx512_bf16 avx512 avx_vnni avx2 amx neon_dotprod neon)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(TESSERA_FOREIGN_ISAS neon neon_dotprod)
else()
  set(TESSERA_FOREIGN_ISAS avx512_vnni avx512_bf16 avx512 avx_vnni avx2 amx)
endif()

# tessera_prepare_kernels(sources): gives each variant file in the list its flags and its name, and
# takes those for other processors out of the list.
function(tessera_prepare_kernels sources_variable)
  set(kept)
  foreach(source IN LISTS ${sources_variable})
    if(NOT source MATCHES "/compute/kernels/([a-z0-9_]+)/([a-z0-9_]+)\\.cpp$")
      list(APPEND kept ${source})
      continue()
    endif()
    string(REGEX REPLACE "^${CMAKE_MATCH_1}_" "" variant ${CMAKE_MATCH_2})
    set(flags ${TESSERA_KERNEL_FLAGS})
    set(foreign FALSE)
    foreach(isa IN LISTS TESSERA_ISA_SUFFIXES)
      if(variant MATCHES "(^|_)${isa}$")
        list(APPEND flags ${TESSERA_ISA_FLAGS_${isa}})
        if(isa IN_LIST TESSERA_FOREIGN_ISAS)
          set(foreign TRUE)
        endif()
        break()
      endif()
    endforeach()
    if(variant MATCHES "^(scalar|seed_.*)$")
      list(APPEND flags -O2 -fno-tree-vectorize)
    endif()
    if(TESSERA_SANITIZE)
      list(APPEND flags -O1)  # most of the time goes into checks, to run and to compile
    endif()
    if(NOT foreign)
      set_source_files_properties(${source} TARGET_DIRECTORY tessera_core PROPERTIES
        COMPILE_OPTIONS "${flags}" COMPILE_DEFINITIONS "TESSERA_VARIANT=${variant}"
        SKIP_PRECOMPILE_HEADERS ON)  # which are made for the baseline
      list(APPEND kept ${source})
    endif()
  endforeach()
  set(${sources_variable} ${kept} PARENT_SCOPE)
endfunction()

# tessera_group_kernels(sources): puts one source for each group of variants that have the same flags in
# the place of these. For builds with sanitizers, where a variant's headers take most of its time to
# compile; elsewhere the code of a variant is not to depend on others (tools/check_spills).
function(tessera_group_kernels sources_variable)
  set(kept)
  set(groups)
  foreach(source IN LISTS ${sources_variable})
    get_source_file_property(variant ${source} TARGET_DIRECTORY tessera_core COMPILE_DEFINITIONS)
    if(NOT variant MATCHES "^TESSERA_VARIANT=")
      list(APPEND kept ${source})
      continue()
    endif()
    get_source_file_property(flags ${source} TARGET_DIRECTORY tessera_core COMPILE_OPTIONS)
    string(MD5 group "${flags}")
    list(APPEND groups ${group})
    set(flags_${group} "${flags}")
    string(APPEND paths_${group} "${source}\n")
  endforeach()
  list(REMOVE_DUPLICATES groups)
  foreach(group IN LISTS groups)
    set(list ${PROJECT_BINARY_DIR}/unity/kernels_${group})
    file(WRITE ${list}.sources "${paths_${group}}")
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/unity_groups --write ${list} ${TESSERA_UNITY_MOST}
      INPUT_FILE ${list}.sources OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "(^|\n)[0-9]+" numbers "${lines}")
    list(TRANSFORM numbers STRIP)
    list(REMOVE_DUPLICATES numbers)
    list(TRANSFORM numbers REPLACE "(.+)" "${list}_\\1.cpp")
    set_source_files_properties(${numbers} TARGET_DIRECTORY tessera_core PROPERTIES
      COMPILE_OPTIONS "${flags_${group}}" SKIP_PRECOMPILE_HEADERS ON)
    list(APPEND kept ${numbers})
  endforeach()
  set(${sources_variable} ${kept} PARENT_SCOPE)
endfunction()
