// The residual stream of one window between the encoder's passes, and what becomes of it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "src/compute/cpu/lane_linear.h"
#include "src/compute/kernels/lane_abi.h"
#include "src/compute/tensor.h"
#include "src/compute/weights.h"

namespace tessera::compute::cpu {

/// (blocks, width, 48) f32, 48 positions in lanes.
struct Residual {
  /// In `memory`, of bytes(width, blocks) bytes.
  Residual(int width, std::shared_ptr<std::byte> memory)
      : width(width), memory(std::move(memory)) {}
  static std::size_t bytes(int width, int blocks) {
    return static_cast<std::size_t>(blocks) * operand_bytes(Number::f32, width);
  }
  float* block(int index) const {
    return reinterpret_cast<float*>(memory.get()) + static_cast<std::size_t>(index) *
                                                        static_cast<std::size_t>(width) *
                                                        kernels::kBlockTokens;
  }

  int width;
  std::shared_ptr<std::byte> memory;
};

/// What the final norm makes of a residual stream, in the model's own basis: (n_audio_ctx, width).
Tensor encoder_states(const ModelWeights& weights, const Residual& residual, bool rotated);

/// Throws Error{bad_argument} for a log-mel of another size than the model's.
void check_mel(const TensorView& mel, const ModelDims& dims, const std::string& which);

}  // namespace tessera::compute::cpu
