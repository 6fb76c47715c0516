// Reads all of a model that a loader accepted, so that a view beyond its file is noticed.
#pragma once

#include "src/compute/weights.h"

namespace tessera::fuzz {

inline void touch(const compute::ModelWeights& weights) {
  compute::ModelWeights copy = weights;
  compute::check_weights(copy, "an accepted model");
  for (const compute::WeightSlot& slot : compute::weight_slots(copy)) compute::to_f32(*slot.view);
}

}  // namespace tessera::fuzz
