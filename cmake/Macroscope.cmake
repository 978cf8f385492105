# SPDX-License-Identifier: Apache-2.0
# How every room declares its library, its tests and its benchmarks.
find_package(Threads REQUIRED)
include(GoogleTest)

add_library(macroscope_warnings INTERFACE)
target_compile_options(macroscope_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -ffp-contract=off)
if(MACROSCOPE_SANITIZE)
  add_compile_options(-fsanitize=${MACROSCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${MACROSCOPE_SANITIZE})
endif()

# macroscope_library(NAME SOURCES ... [LINK ...]): the room's static library, target macroscope_NAME.
function(macroscope_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(macroscope_${name} STATIC ${ARG_SOURCES})
  target_include_directories(macroscope_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(macroscope_${name} PUBLIC ${ARG_LINK} PRIVATE macroscope_warnings)
endfunction()

# macroscope_test(NAME SOURCES ... [LINK ...] [LABELS ...] [TIMEOUT seconds]): GoogleTest executable test_NAME, run in
# the repository's root.
function(macroscope_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  find_package(GTest REQUIRED)
  add_executable(test_${name} ${ARG_SOURCES})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(test_${name} PRIVATE MACROSCOPE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             MACROSCOPE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main macroscope_warnings Threads::Threads)
  gtest_discover_tests(test_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} TEST_PREFIX "${name}/"
                       DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# macroscope_benchmark(NAME SOURCES ... [LINK ...]): Google Benchmark executable bench_NAME.
function(macroscope_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(NOT MACROSCOPE_BENCHMARKS)
    return()
  endif()
  find_package(benchmark REQUIRED)
  add_executable(bench_${name} ${ARG_SOURCES})
  target_include_directories(bench_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(bench_${name} PRIVATE ${ARG_LINK} benchmark::benchmark_main macroscope_warnings Threads::Threads)
endfunction()
