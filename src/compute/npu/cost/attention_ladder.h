// From the seed's scalar kernel to sixteen cores: what each step of its plan would cost here,
// beside what it measured or hoped for.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/compute/npu/cost/grade.h"

namespace tessera::compute::npu {

struct LadderRow {
  std::string step;  ///< "3"
  std::string what;
  Grade grade = Grade::peano;
  int cores = 1;
  /// Of a core per 64x64x64 tile pair, without launches; of several cores, the time from one pair
  /// to the next.
  double modelled_cycles = 0;
  bool counted = false;  ///< from the issues of a kernel that ran, not in closed form

  // The seed's wall clock of one tile on Phoenix, host copies and launch included.
  std::optional<double> seed_measured_ms = {};
  std::optional<std::pair<double, double>> seed_planned_ms = {};
};

/// In the order of the plan.
std::vector<LadderRow> attention_ladder();

/// What launches add to every row, in microseconds per tile pair of Whisper base.
struct LaunchShare {
  const char* how;
  double us_per_pair;
};
std::vector<LaunchShare> launch_shares();

}  // namespace tessera::compute::npu
