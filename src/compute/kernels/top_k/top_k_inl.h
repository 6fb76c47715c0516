// What the variants of top_k do with the few numbers that are large enough.
#pragma once

#include "src/compute/kernels/logits_abi.h"

namespace tessera::compute::kernels {

/// What a number must exceed to be among the largest so far.
static inline float least_of_top(const TopKParams& p, std::int32_t found) {
  return found < p.k ? -__builtin_inff() : p.in[p.ids[p.k - 1]];
}

/// Puts `id`, which is higher than those there are, and whose number exceeds least_of_top, in its
/// place.
static inline void add_to_top(const TopKParams& p, std::int32_t& found, std::int32_t id) {
  std::int32_t place = found < p.k ? found++ : p.k - 1;
  for (; place > 0 && p.in[p.ids[place - 1]] < p.in[id]; --place) p.ids[place] = p.ids[place - 1];
  p.ids[place] = id;
}

/// The numbers from `begin` to `end` one by one.
static inline void scan_for_top(const TopKParams& p, std::int32_t& found, std::int32_t begin,
                                std::int32_t end) {
  for (std::int32_t id = begin; id < end; ++id) {
    if (p.in[id] > least_of_top(p, found)) add_to_top(p, found, id);
  }
}

}  // namespace tessera::compute::kernels
