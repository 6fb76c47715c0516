// Sums and maxima across the lanes of a register, for kernels whose rows run along them.
#pragma once

#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::kernels {
namespace {

/// The sum of all lanes, halves added to halves.
template <class Lanes>
inline float sum_across(typename Lanes::Floats x) {
  alignas(64) float lanes[Lanes::kLanes];
  Lanes::store(lanes, x);
  for (int half = Lanes::kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

template <class Lanes>
inline float max_across(typename Lanes::Floats x) {
  alignas(64) float lanes[Lanes::kLanes];
  Lanes::store(lanes, x);
  for (int half = Lanes::kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i)
      lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
  }
  return lanes[0];
}

}  // namespace
}  // namespace tessera::compute::kernels
