// What the cpu device makes of a window of sound.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "src/compute/cpu/precision_plan.h"
#include "src/compute/device.h"
#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::cpu {

/// Keys and values of one decoder layer's cross-attention, all heads, in blocks of 48 positions
/// that lie in lanes. The last block is filled up; only the first `keys` positions count.
///
/// A block of keys of one head is, by number: i8 (16, 48, 4) bytes of value + 128; bf16 (32, 48,
/// 2); f32 (64, 48). A block of values: i8 (12, 64, 4): 4 neighbouring positions; bf16 (24, 64, 2);
/// f32 (48, 64).
class CrossHeads {
 public:
  /// In `memory`, of bytes(number, heads, keys) bytes, aligned to base::kAlignment.
  CrossHeads(Number number, int heads, int keys, std::shared_ptr<std::byte> memory);

  static std::size_t bytes(Number number, int heads, int keys);

  Number number() const { return number_; }
  int heads() const { return heads_; }
  int keys() const { return keys_; }
  int blocks() const { return blocks_; }

  const std::byte* key_block(int head, int block) const { return keys_of_ + at(head, block); }
  const std::byte* value_block(int head, int block) const { return values_of_ + at(head, block); }
  std::byte* key_block(int head, int block) { return keys_of_ + at(head, block); }
  std::byte* value_block(int head, int block) { return values_of_ + at(head, block); }

  /// Of i8: the scale of each key of a head, (blocks x 48); of each block of values and its base-2
  /// logarithm, (blocks).
  const float* key_scales(int head) const {
    return key_scales_.data() + scale_at(head, kernels::kBlockTokens);
  }
  float* key_scales(int head) { return key_scales_.data() + scale_at(head, kernels::kBlockTokens); }
  const float* value_scales(int head) const { return value_scales_.data() + scale_at(head, 1); }
  float* value_scales(int head) { return value_scales_.data() + scale_at(head, 1); }
  const float* value_logs(int head) const { return value_logs_.data() + scale_at(head, 1); }
  float* value_logs(int head) { return value_logs_.data() + scale_at(head, 1); }

  /// What the numbers of a head stand for: (keys, 64). For tests and for measuring errors.
  std::vector<float> keys_of(int head) const;
  std::vector<float> values_of(int head) const;

  /// Bytes of one block of keys or values of a head.
  static std::size_t block_bytes(Number number);

 private:
  std::size_t at(int head, int block) const {
    return (static_cast<std::size_t>(head) * static_cast<std::size_t>(blocks_) +
            static_cast<std::size_t>(block)) *
           block_bytes(number_);
  }
  std::size_t scale_at(int head, int per_block) const {
    return static_cast<std::size_t>(head) * static_cast<std::size_t>(blocks_ * per_block);
  }

  Number number_;
  int heads_, keys_, blocks_;
  std::shared_ptr<std::byte> memory_;
  std::byte *keys_of_, *values_of_;
  std::vector<float> key_scales_, value_scales_, value_logs_;
};

/// A window's, one for each decoder layer, one behind the other: in one piece, which is large
/// enough for huge pages. `memory`: of cross_bytes(...) bytes, aligned to base::kAlignment.
std::vector<CrossHeads> place_cross(const std::vector<Number>& numbers, int heads, int keys,
                                    const std::shared_ptr<std::byte>& memory);
std::size_t cross_bytes(const std::vector<Number>& numbers, int heads, int keys);

class CpuWindow : public EncodedWindow {
 public:
  /// `model`: the weights that made it. `states`: computes the encoder's output, when asked for.
  CpuWindow(std::shared_ptr<const ModelWeights> model, std::vector<CrossHeads> cross,
            std::function<Tensor()> states);

  TensorView states() const override;
  const std::vector<CrossHeads>& cross() const { return cross_; }
  const ModelWeights* model() const { return model_.get(); }

 private:
  std::shared_ptr<const ModelWeights> model_;
  std::vector<CrossHeads> cross_;
  std::function<Tensor()> compute_states_;
  mutable std::once_flag computed_;
  mutable Tensor states_;
};

}  // namespace tessera::compute::cpu
