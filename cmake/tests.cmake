# Unit tests stand beside the code as *_test.cpp; a folder's tests make one program.
# Tests of the programs as users run them are in tests/.
if(CMAKE_CROSSCOMPILING)
  # Debian has the library for its own processor only, and the source of the same version.
  set(TESSERA_GOOGLETEST_SOURCE /usr/src/googletest CACHE PATH "GoogleTest, to build for the target")
  add_subdirectory(${TESSERA_GOOGLETEST_SOURCE} ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
  foreach(library IN ITEMS gtest gtest_main gmock)
    target_compile_options(${library} PRIVATE -w)  # not ours to keep free of warnings
  endforeach()
else()
  find_package(GTest REQUIRED)
endif()

# Seconds until a test counts as hung. Instrumented programs are several times slower.
set(TESSERA_TEST_TIMEOUT 300)
if(TESSERA_SANITIZE OR TESSERA_COVERAGE)
  set(TESSERA_TEST_TIMEOUT 1500)
endif()

# Tests are not optimised, as to compile them takes longer than to run them; what they test is. Those of
# kernels and engines compute what they expect, which takes four times as long without.
set(TESSERA_TEST_OPTIMISATION -O0)

# Each suite of the program `test_NAME` whose tests pass GoogleTest's filter becomes a ctest test
# `NAME.Suite`; of suites that `alone` matches, each test (cmake/discover_suites.cmake).
function(tessera_discover_suites program label filter alone)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${program}-${label})
  string(REGEX REPLACE "^test_" "" name ${program})
  string(REPLACE ";" "|" emulator "${CMAKE_CROSSCOMPILING_EMULATOR}")
  add_custom_command(TARGET ${program} POST_BUILD VERBATIM BYPRODUCTS ${list}.tests.cmake
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> "-DEMULATOR=${emulator}" -DNAME=${name}
      "-DFILTER=${filter}" "-DALONE=${alone}" "-DLABEL=${label}" -DTIMEOUT=${TESSERA_TEST_TIMEOUT}
      -DLIST=${list}.tests.cmake -P ${PROJECT_SOURCE_DIR}/cmake/discover_suites.cmake)
  file(WRITE ${list}.include.cmake "if(EXISTS [==[${list}.tests.cmake]==])
  include([==[${list}.tests.cmake]==])
else()
  add_test(${name}.is_not_built is_not_built)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${list}.include.cmake)
endfunction()

# Where a machine may lack what some tests need.
set(TESSERA_SUITES_THAT_SKIP "^(EmitMlir|SelectionTest|SteadyHeap)$")

# A GoogleTest program of the given sources; its suites are ctest tests with that label, or are none
# if the label is empty.
function(tessera_add_test_program name label)
  add_executable(${name} ${ARGN})
  tessera_unity(${name} tests)
  target_link_libraries(${name} PRIVATE tessera_core GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE TESSERA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set(optimisation ${TESSERA_TEST_OPTIMISATION})
  set(headers_of test_base)
  if(name MATCHES "^test_(compute|npu)$")
    set(optimisation -O1)
    set(headers_of test_compute)
  endif()
  target_compile_options(${name} PRIVATE ${optimisation})
  tessera_prefer_library_code(${name})
  if(NOT name STREQUAL headers_of)
    target_precompile_headers(${name} REUSE_FROM ${headers_of})
  else()
    target_precompile_headers(${name} PRIVATE
      <algorithm> <filesystem> <fstream> <functional> <sstream> <string> <vector>
      <gmock/gmock.h> <gtest/gtest.h>)
    if(NOT TESSERA_KERNELS_ONLY)
      target_precompile_headers(${name} PRIVATE <nlohmann/json.hpp>)
    endif()
  endif()
  if(label)
    tessera_discover_suites(${name} ${label} "*" "${TESSERA_SUITES_THAT_SKIP}")
  endif()
endfunction()

function(tessera_add_unit_tests folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*_test.cpp)
  if(NOT folder STREQUAL "src/compute/npu")  # whose tests are a program of their own
    list(FILTER sources EXCLUDE REGEX "/src/compute/npu/")
  endif()
  if(sources)
    cmake_path(GET folder FILENAME name)
    tessera_add_test_program(test_${name} unit ${sources} ${ARGN})
  endif()
endfunction()

tessera_add_unit_tests(src/base)
tessera_add_unit_tests(src/compute)
if(TESSERA_KERNELS_ONLY)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_test(NAME tools.check_spills COMMAND ${CMAKE_COMMAND} -E env OBJDUMP=${CMAKE_OBJDUMP}
             ${PROJECT_SOURCE_DIR}/tools/check_spills ${PROJECT_BINARY_DIR})
  endif()
  return()
endif()
tessera_add_unit_tests(src/compute/npu)
# What we print for AMD's compiler is verified by any mlir-opt, if there is one.
find_program(TESSERA_MLIR_OPT NAMES mlir-opt mlir-opt-19 mlir-opt-18 mlir-opt-17 mlir-opt-16)
target_compile_definitions(test_npu PRIVATE TESSERA_MLIR_OPT="${TESSERA_MLIR_OPT}")
# Plugins that are loaded in tests: one that does nothing, one of another version, one that is none.
foreach(fake IN ITEMS good later none)
  add_library(npu_plugin_${fake} MODULE ${PROJECT_SOURCE_DIR}/src/compute/npu/runtime/fake_plugin.c)
  target_include_directories(npu_plugin_${fake} PRIVATE ${PROJECT_SOURCE_DIR})
  set_target_properties(npu_plugin_${fake} PROPERTIES OUTPUT_NAME tessera-npu-xrt
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fake_plugins/${fake})
  add_dependencies(test_npu npu_plugin_${fake})
endforeach()
target_compile_definitions(npu_plugin_later PRIVATE FAKE_VERSION=99)
target_compile_definitions(npu_plugin_none PRIVATE FAKE_VERSION=0)
target_compile_definitions(test_npu PRIVATE TESSERA_FAKE_PLUGINS="${CMAKE_BINARY_DIR}/fake_plugins")
# The plugin for the chip, against XRT's API as its tests imagine it.
set(plugin ${PROJECT_SOURCE_DIR}/plugins/npu_xrt)
tessera_add_test_program(test_npu_xrt unit ${plugin}/plugin_test.cpp ${plugin}/plugin.cpp
  ${plugin}/npu_context.cpp)
target_include_directories(test_npu_xrt PRIVATE ${plugin}/fake_xrt)
target_compile_definitions(test_npu_xrt PRIVATE TESSERA_XRT_VERSION="0.0")

tessera_add_unit_tests(src/whisper)
tessera_add_unit_tests(src/c_api)

tessera_add_unit_tests(apps/cli)
if(TARGET test_cli)
  target_link_libraries(test_cli PRIVATE tessera_cli_objects)
endif()
tessera_add_unit_tests(apps/server)
if(TARGET test_server)
  target_link_libraries(test_server PRIVATE tessera_server_objects tessera_cli_objects)
endif()
