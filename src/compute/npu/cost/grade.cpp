#include "src/compute/npu/cost/grade.h"

#include "tessera/error.h"

namespace tessera::compute::npu {

const char* grade_name(Grade grade) {
  switch (grade) {
    case Grade::hand:
      return "hand";
    case Grade::chess:
      return "chess";
    case Grade::peano:
      return "peano";
    case Grade::unpipelined:
      return "unpipelined";
  }
  return "";
}

Grade parse_grade(const std::string& name) {
  for (const Grade grade : {Grade::hand, Grade::chess, Grade::peano, Grade::unpipelined}) {
    if (name == grade_name(grade)) return grade;
  }
  throw Error(ErrorCode::bad_argument,
              "grade: expected hand, chess, peano or unpipelined, got '" + name + "'");
}

}  // namespace tessera::compute::npu
