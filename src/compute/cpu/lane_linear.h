// A linear layer of the encoder, packed for the lane_linear kernels.
#pragma once

#include "src/compute/cpu/fold.h"
#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/packed_weights.h"
#include "src/compute/cpu/precision_plan.h"
#include "src/compute/kernels/lane_layout.h"

namespace tessera::compute::cpu {

/// A block of 48 tokens as a product takes it: (channels / 4, 48, 4) bytes of value + 128 with a
/// scale per token, (channels / 2, 48, 2) bfloat16, or (channels, 48) float32.
struct LaneOperand {
  const std::byte* data = nullptr;
  const float* scales = nullptr;
};

/// Bytes of such a block.
std::size_t operand_bytes(Number number, int channels);

/// Memory for one.
class OperandBuffer {
 public:
  OperandBuffer() = default;
  /// Enough for `channels` in any number that `largest` has room for.
  OperandBuffer(Number largest, int channels);

  /// Normalises `x` (channels, 48) and converts it. float32 that is not to be normalised is taken
  /// where it lies.
  LaneOperand prepare(const KernelSet& kernels, const float* x, int channels,
                      kernels::LaneNorm norm, Number number);
  std::byte* data() { return data_.get(); }
  float* scales() { return scales_; }

 private:
  base::AlignedBytes data_;
  alignas(64) float scales_[kernels::kBlockTokens] = {};
};

class LaneLinear {
 public:
  LaneLinear() = default;
  /// Reserves memory for a weight of (n, k), as the kernel for `number` wants it. n is a multiple
  /// of 16, k of 8.
  LaneLinear(PackedWeights& store, const KernelSet& kernels, int n, int k, Number number);

  /// Packs columns [first, first + k) of `dense`; `with_bias`: else the bias is zero. int8: each
  /// channel has a scale, the largest magnitude / 127, of pairs where KernelSet::bounds_pairs.
  void pack(const PackedWeights& store, const Dense& dense, int first = 0,
            bool with_bias = true) const;

  /// Output channels [first, first + channels), both multiples of 16, of one block.
  void run(const KernelSet& kernels, const PackedWeights& store, const LaneOperand& x, int first,
           int channels, const kernels::LaneEpilogue& epilogue) const;
  void run(const KernelSet& kernels, const PackedWeights& store, const LaneOperand& x,
           const kernels::LaneEpilogue& epilogue) const {
    run(kernels, store, x, 0, n_, epilogue);
  }

  int n() const { return n_; }
  Number number() const { return number_; }

 private:
  void pack_bytes(const PackedWeights& store, const Dense& dense, int first) const;

  int n_ = 0, k_ = 0;
  Number number_ = Number::f32;
  bool bounds_pairs_ = false;  // see KernelSet
  kernels::LaneWeightLayout layout_;
  PackedArray<std::byte> weight_;      // see LaneWeightLayout
  PackedArray<float> bias_, scales_;   // (n)
  PackedArray<std::int32_t> offsets_;  // (n)
};

}  // namespace tessera::compute::cpu
