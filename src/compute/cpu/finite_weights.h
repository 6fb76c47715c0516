// Whether all weights are numbers.
#pragma once

#include "src/base/thread_pool.h"
#include "src/compute/weights.h"

namespace tessera::compute::cpu {

/// Throws Error{bad_file} naming the first tensor with a NaN or an infinity in it.
void check_finite(const ModelWeights& weights, base::ThreadPool& pool);

}  // namespace tessera::compute::cpu
