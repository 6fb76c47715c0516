// What the seed's kernels cost: plain C without vectors, compiled by Peano. From the plan's own
// figures and llvm-aie's latencies.
#pragma once

#include <cstdint>

namespace tessera::compute::npu {

/// A scalar int8 multiplication and addition with its two loads, at 1.8 GHz: fitted to the 2.04 to
/// 2.24 ms that Unicorn-Amanuensis measured for a tile. The model's one free parameter.
constexpr double kScalarMacCycles = 6.6;
/// exp of an element by a polynomial or by regions; an estimate.
constexpr double kScalarExpCycles = 15;
/// exp of an element by a table and its product with a reciprocal: two loads of 7 of which one
/// hides, subtract, clamp, multiply, shift, and a store of a byte that reads a word first. An
/// estimate.
constexpr double kScalarTableExpCycles = 13;
/// One integer division (llvm-aie: a step per bit).
constexpr double kScalarDivisionCycles = 40;

/// Softmax of `rows` x `columns` scores with a division for each.
constexpr double scalar_softmax_cycles(std::int64_t rows, std::int64_t columns) {
  return static_cast<double>(rows * columns) * (kScalarExpCycles + kScalarDivisionCycles);
}

/// The same by a table, with one reciprocal for each row.
constexpr double scalar_table_softmax_cycles(std::int64_t rows, std::int64_t columns) {
  return static_cast<double>(rows * columns) * kScalarTableExpCycles +
         static_cast<double>(rows) * kScalarDivisionCycles;
}

/// Attention of one tile of side x side x side, both products and softmax.
constexpr double scalar_attention_cycles(std::int64_t side) {
  return 2 * static_cast<double>(side * side * side) * kScalarMacCycles +
         scalar_softmax_cycles(side, side);
}

}  // namespace tessera::compute::npu
