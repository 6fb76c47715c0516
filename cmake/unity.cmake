# Sources can be compiled in groups, each as one translation unit: headers are read and templates made
# once per group, which halves the time of a build of everything and lengthens that after a small
# change. tools/unity_groups divides them so that no source can disturb another.
set(TESSERA_UNITY "none" CACHE STRING "What is compiled in groups: none, tests (and benchmarks) or all")
set_property(CACHE TESSERA_UNITY PROPERTY STRINGS none tests all)
if(NOT TESSERA_UNITY MATCHES "^(none|tests|all)$")
  message(FATAL_ERROR "TESSERA_UNITY: expected none, tests or all, got ${TESSERA_UNITY}")
endif()
set(TESSERA_UNITY_MOST 16)  # sources in a group

# tessera_unity(target kind): after its sources are known and their properties set. `kind` is tests or
# product. Sources with options of their own, as kernels, stay alone.
function(tessera_unity target kind)
  if(TESSERA_UNITY STREQUAL "none" OR (TESSERA_UNITY STREQUAL "tests" AND NOT kind STREQUAL "tests"))
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "^${PROJECT_SOURCE_DIR}/.*\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "^${PROJECT_BINARY_DIR}/")
  foreach(source IN LISTS sources)
    foreach(property IN ITEMS COMPILE_OPTIONS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES)
      get_source_file_property(value ${source} TARGET_DIRECTORY ${target} ${property})
      if(value)
        list(REMOVE_ITEM sources ${source})
      endif()
    endforeach()
  endforeach()
  set(list ${PROJECT_BINARY_DIR}/unity/${target})
  list(JOIN sources "\n" lines)
  file(WRITE ${list}.sources "${lines}\n")
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/unity_groups ${TESSERA_UNITY_MOST}
    INPUT_FILE ${list}.sources OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" groups "${groups}")
  foreach(line IN LISTS groups)
    string(REGEX MATCH "^([0-9]+) (.*)$" line ${line})
    set_source_files_properties(${CMAKE_MATCH_2} TARGET_DIRECTORY ${target} PROPERTIES
      UNITY_GROUP ${CMAKE_MATCH_1})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC takes a group's sources for headers, in which what the first warns of would matter; the
    # second sees lengths below zero where GCC 12 has inlined a group's tests far enough.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage -Wno-stringop-overflow)
    # Its memory is not searched for what can be freed before a group's headers are read: a tenth
    # of the time, for up to half a gigabyte per compilation.
    target_compile_options(${target} PRIVATE "SHELL:--param ggc-min-heapsize=524288")
  endif()
endfunction()
