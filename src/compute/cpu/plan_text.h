// A precision plan as text, for people and for files beside models.
#pragma once

#include <string>
#include <string_view>

#include "src/compute/cpu/precision_plan.h"

namespace tessera::compute::cpu {

/// One line per part: "encoder 3: qkv int8, attention int8, out bf16, up int8, down int8". Lines
/// that begin with # are for people.
std::string text_of(const PrecisionPlan& plan);

/// Reads what text_of writes. Throws Error{bad_file}, naming `where` and the line, for anything
/// else and for a plan of another network than `dims`.
PrecisionPlan parse_plan(std::string_view text, const ModelDims& dims, const std::string& where);

}  // namespace tessera::compute::cpu
