# Unit tests stand beside the code as *_test.cpp; a folder's tests make one program.
# Tests of the programs as users run them are in tests/.
find_package(GTest REQUIRED)
include(GoogleTest)

function(tessera_add_unit_tests folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${folder} ${sources})
  target_link_libraries(test_${folder} PRIVATE tessera_core tessera_options GTest::gmock GTest::gtest_main)
  target_compile_definitions(test_${folder} PRIVATE TESSERA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(test_${folder} PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
endfunction()

tessera_add_unit_tests(base)
tessera_add_unit_tests(compute)
tessera_add_unit_tests(whisper)

add_subdirectory(${PROJECT_SOURCE_DIR}/tests ${PROJECT_BINARY_DIR}/tests)
