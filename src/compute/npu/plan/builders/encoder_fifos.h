// The fifos that all phases of an encoder layer share.
#pragma once

#include <array>
#include <cstdint>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// Indices of the fifos. A goes along a row of cores, B down a column, C back through the column's
/// memory tile, four panels joined.
struct EncoderFifos {
  std::array<std::size_t, kCoreRows> a_in{}, a{};
  std::array<std::size_t, kColumns> b_in{}, b{}, c_out{};
  std::array<std::array<std::size_t, kCoreRows>, kColumns> c{};  ///< by column, row of cores
};

/// Adds them to the plan, for elements of that size.
EncoderFifos add_encoder_fifos(ArrayPlan& plan, std::int64_t element_bytes);

}  // namespace tessera::compute::npu
