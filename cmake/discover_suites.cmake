# Run after a test program was linked: writes LIST, in which each of the program's suites is a ctest
# test, NAME.Suite. A process per test, as gtest_discover_tests() makes them, takes as long to start as
# most tests take to run, and three times as long when it is sanitized. Tests of a suite that ALONE
# matches do get a process each: they may be skipped, which ctest is to tell of.
#
# As cmake/tests.cmake calls it: PROGRAM and the EMULATOR that it may need (words with | between them),
# NAME, FILTER, ALONE, LABEL, TIMEOUT, LIST.
string(REPLACE "|" ";" EMULATOR "${EMULATOR}")
execute_process(COMMAND ${EMULATOR} ${PROGRAM} --gtest_list_tests --gtest_filter=${FILTER}
  OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "-.*" without "${FILTER}")

set(emulator)
foreach(part IN LISTS EMULATOR)
  string(APPEND emulator " [==[${part}]==]")
endforeach()
set(found)
function(add name filter)
  set(test "[==[${NAME}.${name}]==]")
  string(APPEND found "add_test(${test}${emulator} [==[${PROGRAM}]==] [==[--gtest_filter=${filter}]==])\n"
    "set_tests_properties(${test} PROPERTIES LABELS ${LABEL} TIMEOUT ${TIMEOUT} ${ARGN})\n")
  set(found "${found}" PARENT_SCOPE)
endfunction()

string(REPLACE ";" "," output "${output}")
string(REPLACE "\n" ";" lines "${output}")
foreach(line IN LISTS lines)
  string(REGEX REPLACE " *#.*" "" line "${line}")  # the parameter's value or type
  if(line MATCHES "^([^ ]+)\\.$")
    set(suite ${CMAKE_MATCH_1})
    if(NOT suite MATCHES "${ALONE}")
      add(${suite} "${suite}.*${without}")
    endif()
  elseif(line MATCHES "^  ([^ ]+)$")
    set(test ${suite}.${CMAKE_MATCH_1})
    if(suite MATCHES "${ALONE}")
      add(${test} ${test} "SKIP_REGULAR_EXPRESSION [==[\\[  SKIPPED \\]]==]")
    endif()
  endif()
endforeach()
if(NOT found)
  message(FATAL_ERROR "${PROGRAM}: no test is called ${FILTER}")
endif()
file(WRITE ${LIST} "${found}")
