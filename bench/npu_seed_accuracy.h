// The seed's accuracy table from its kernels on an emulated core: with a stack that is large
// enough, and with the 1 KB that its build reserved just below the input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/accuracy.h"

namespace tessera::bench {

struct SeedAccuracy {
  std::string variant;  ///< "A"
  int shift = 0;        ///< of scores
  std::string stack;    ///< "enough", "1 KB", "1 KB, overflow allowed"
  std::string refused;  ///< what the emulator said where it did not go on
  std::optional<Accuracy> accuracy = {};
  std::optional<double> recorded_correlation = {};  ///< by its authors
};

/// On their own numbers (NumPy's RandomState(42)), against softmax attention in float64.
std::vector<SeedAccuracy> seed_accuracies();

}  // namespace tessera::bench
