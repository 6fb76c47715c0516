// A model's encoder as its array plan takes it: kernels, weights in panels, and how a window goes
// into the host's buffer "work" and comes out again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "src/compute/npu/plan/builders/encoder_plan.h"
#include "src/compute/tensor.h"
#include "src/compute/weights.h"

namespace tessera::compute::npu {

/// What an engine needs to run the layers of one model in the simulator. Everything that depends on
/// the numbers (bfloat16, int8) is in here; the engine itself knows bytes.
struct EncoderImage {
  EncoderShape shape;
  EncoderKernels kernels;
  /// The plan's buffer "weights" of all launches: shape.layers x encoder_layer_bytes(shape).
  std::vector<std::byte> weights;
  /// Puts x into "work", which is zeroed: x and its LayerNorm (without gamma and beta) as the first
  /// launch reads them. x: (positions, d_model) f32, what enters the first layer.
  std::function<void(const TensorView& x, std::span<std::byte> work)> enter;
  /// What the last launch left in "work" of x: (positions, d_model) f32, before the encoder's last
  /// LayerNorm.
  std::function<Tensor(std::span<const std::byte> work)> leave;
};

/// The encoder in bfloat16 with float32 sums: kernels `encoder_bf16_*`. gamma and beta of a
/// LayerNorm are part of the product that follows, queries are scaled by log2(e) / sqrt(64). Throws
/// Error{unsupported} for heads that are not 64 wide.
EncoderImage pack_encoder_bf16(const ModelWeights& weights);

/// The encoder in int8: kernels `encoder_i8_*`. Throws Error{unsupported} likewise.
EncoderImage pack_encoder_i8(const ModelWeights& weights);

/// Shape of a model's encoder. Throws Error{unsupported} when its heads are not 64 wide.
EncoderShape encoder_shape(const ModelDims& dims, std::int64_t element_bytes);

/// The products of a layer in the order of the plan.
enum class EncoderProduct { qkv, out, up, down };

/// Place in "weights" of a panel of a layer's product, for columns 64 * block to 64 * block + 63: 0
/// is the panel of parameters, 1 + i the i-th panel of B along k. A panel is kPanelBytes bytes by
/// rows: 64 of 64 int8, 32 of 64 bfloat16.
std::int64_t weight_panel(const EncoderShape& shape, std::int64_t layer, EncoderProduct product,
                          std::int64_t block, std::int64_t panel);

}  // namespace tessera::compute::npu
