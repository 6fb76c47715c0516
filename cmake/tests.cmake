# Unit tests stand beside the code as *_test.cpp; a folder's tests make one program.
# Tests of the programs as users run them are in tests/.
find_package(GTest REQUIRED)
include(GoogleTest)

# Seconds until a test counts as hung. Instrumented programs are several times slower.
set(TESSERA_TEST_TIMEOUT 300)
if(TESSERA_SANITIZE OR TESSERA_COVERAGE)
  set(TESSERA_TEST_TIMEOUT 1500)
endif()

# A GoogleTest program of the given sources; every test in it is a ctest test with that label, or
# none is if the label is empty.
function(tessera_add_test_program name label)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE tessera_core GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE TESSERA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(label)
    gtest_discover_tests(${name} PROPERTIES LABELS ${label} TIMEOUT ${TESSERA_TEST_TIMEOUT}
                         DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

function(tessera_add_unit_tests folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*_test.cpp)
  if(sources)
    cmake_path(GET folder FILENAME name)
    tessera_add_test_program(test_${name} unit ${sources} ${ARGN})
  endif()
endfunction()

tessera_add_unit_tests(src/base)
tessera_add_unit_tests(src/compute)
tessera_add_unit_tests(src/whisper)
tessera_add_unit_tests(src/c_api)

file(GLOB cli_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/apps/cli/*.cpp)
list(FILTER cli_sources EXCLUDE REGEX "_test\\.cpp$|/main\\.cpp$")
tessera_add_unit_tests(apps/cli ${cli_sources})
if(TARGET test_cli)
  target_link_libraries(test_cli PRIVATE CLI11::CLI11)
endif()
