// What this machine can do at most, measured in this process: the scale of all other figures.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "src/compute/kernels/isa.h"

namespace tessera::bench {

class PeakTable {
 public:
  /// Multiplications and additions per second of all `threads` together, of numbers like "i8",
  /// "bf16" or "f32", with the instruction set `isa`; where there is no loop for the set, that of
  /// the best one that it includes; 0 where there is none. Measured once (the best of several
  /// runs).
  double ops_per_s(const std::string& numbers, compute::kernels::Isa isa, int threads);

  /// Cycles per second of one thread that computes with vectors.
  double clock_hz();

 private:
  std::map<std::pair<std::string, int>, double> measured_;
  double clock_hz_ = 0;
};

}  // namespace tessera::bench
