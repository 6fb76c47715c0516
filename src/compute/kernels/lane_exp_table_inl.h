// Weights of attention as bytes, looked up.
#pragma once

#include <cstdint>

namespace tessera::compute::kernels {

/// Steps of the table per power of two: entry 254 is then below half a unit, and a weight is off by
/// at most 1 - 2^(-1/56) = 1.2 % of itself, besides its rounding to a byte.
inline constexpr float kExpSteps = 28.0f;

struct ExpBytes {
  alignas(64) std::uint8_t bytes[256];
};

/// Entry i: most * 2^(-i / 28), rounded; the last is 0.
constexpr ExpBytes make_exp_bytes(int most) {
  // 2^(-1/28) by Newton's method: the root of x^28 = 1/2.
  double root = 1;
  for (int round = 0; round < 50; ++round) {
    double power = 1;
    for (int i = 0; i < 27; ++i) power *= root;
    root -= (power * root - 0.5) / (28 * power);
  }
  ExpBytes table{};
  double value = most;
  for (int i = 0; i < 255; ++i, value *= root) {
    const int halves = static_cast<int>(2 * value);
    table.bytes[i] = static_cast<std::uint8_t>((halves + 1) / 2);
  }
  return table;
}
template <int kMost>
inline constexpr ExpBytes kExpBytes = make_exp_bytes(kMost);
static_assert(kExpBytes<255>.bytes[0] == 255 && kExpBytes<255>.bytes[56] == 64);
static_assert(kExpBytes<255>.bytes[254] == 0 && kExpBytes<127>.bytes[0] == 127);

}  // namespace tessera::compute::kernels
