// Products of an int8 encoder as panels of weights and parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/compute/npu/engine/encoder_i8_scales.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/engine/folded_layer.h"

namespace tessera::compute::npu {

/// One of a layer's products, or a third of QKV, in real numbers and what integers mean on both
/// sides.
struct ScaledProduct {
  FoldedProduct product;
  std::vector<FixedScale> in;   ///< (k)
  std::vector<FixedScale> out;  ///< (n)
  /// What is read was written by a LayerNorm, in its own order of columns.
  bool reads_norm = false;
  /// (n): of the product `up`, what `out` becomes through GELU; else none.
  std::vector<FixedScale> hidden;
  /// Of queries; else none.
  std::vector<kernels::OctaveScale> heads;
};

/// Writes it from a column of blocks on: `block` is the first of its blocks of 64 columns in that
/// product of the plan.
void write_panels(const EncoderShape& shape, std::int64_t layer, EncoderProduct product,
                  std::int64_t block, const ScaledProduct& scaled, std::span<std::byte> weights);

}  // namespace tessera::compute::npu
