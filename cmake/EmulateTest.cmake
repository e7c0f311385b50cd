# emulate_add_unit_test(NAME SOURCES file... [LIBS target...]): one GoogleTest executable, one
# ctest entry "unit.NAME".
function(emulate_add_unit_test name)
  cmake_parse_arguments(T "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(unit_${name} ${T_SOURCES})
  target_link_libraries(unit_${name} PRIVATE ${T_LIBS} GTest::gtest GTest::gtest_main)
  add_test(NAME unit.${name} COMMAND unit_${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
