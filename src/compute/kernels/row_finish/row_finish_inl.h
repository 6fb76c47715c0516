// row_finish for any Lanes.
#pragma once

#include "src/compute/kernels/row_abi.h"

namespace tessera::compute::kernels {
namespace {

template <class Lanes>
void row_finish(const RowFinishParams& p) {
  constexpr int kAtOnce = Lanes::kLanes * Lanes::kRegisters;
  static_assert(kPanelColumns % kAtOnce == 0);
  for (int row = 0; row < p.rows; ++row) {
    const std::ptrdiff_t from = row * p.in_stride, to = row * p.out_stride;
    const auto row_scale = Lanes::all(p.sums != nullptr ? p.row_scales[row] : 1.0f);
    for (int first = 0; first < p.columns; first += kAtOnce) {
      typename Lanes::Floats values[Lanes::kRegisters];
#pragma GCC unroll 3
      for (int j = 0; j < Lanes::kRegisters; ++j) {
        const int i = first + j * Lanes::kLanes;
        const auto bias = p.bias != nullptr ? Lanes::load(p.bias + i) : Lanes::all(0.0f);
        if (p.sums != nullptr) {
          const auto scale = Lanes::multiply(row_scale, Lanes::load(p.column_scales + i));
          const auto sum = Lanes::to_floats(Lanes::load_ints(p.sums + from + i));
          values[j] = Lanes::multiply_add(sum, scale, bias);
        } else {
          values[j] = Lanes::add(Lanes::load(p.floats + from + i), bias);
        }
      }
      if (p.gelu) Lanes::gelu(values);
#pragma GCC unroll 3
      for (int j = 0; j < Lanes::kRegisters; ++j) {
        const std::ptrdiff_t i = to + first + j * Lanes::kLanes;
        if (p.addend != nullptr) values[j] = Lanes::add(values[j], Lanes::load(p.addend + i));
        Lanes::store(p.out + i, values[j]);
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
