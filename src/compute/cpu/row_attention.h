// Attention of one head for a few rows: from floats to the kernel of the keys' numbers and back.
#pragma once

#include <span>
#include <vector>

#include "src/compute/cpu/kernel_set.h"
#include "src/compute/cpu/row_memory.h"
#include "src/compute/cpu/self_cache.h"
#include "src/compute/cpu/window.h"

namespace tessera::compute::cpu {

/// With memory of its own: one for each thread.
class RowAttention {
 public:
  explicit RowAttention(const KernelSet& kernels) : kernels_(kernels) {}

  /// Queries of the tokens from stream.tokens on, each of which sees itself and those before it:
  /// (count, 64), rows `q_stride` apart.
  void self(const SelfCache& cache, const SelfCache::Stream& stream, int layer, int head,
            const float* q, std::ptrdiff_t q_stride, int count, float* out,
            std::ptrdiff_t out_stride);

  /// Rows anywhere, 64 numbers each, over all keys of a window. `scores`: empty, or for each row
  /// where its scores in base 2 go, null where they are not wanted.
  void cross(const CrossHeads& heads, int head, std::span<const float* const> q,
             std::span<float* const> out, std::span<float* const> scores);

 private:
  template <class Params>
  void run(const Kernel& kernel, Params& params, int count, float* out, std::ptrdiff_t out_stride);
  void convert(const float* q, std::ptrdiff_t q_stride, int count, kernels::LaneFormat format);

  const KernelSet& kernels_;
  RowMemory gathered_, converted_, results_, scratch_;
  std::vector<float> q_scales_;
  std::vector<const void*> keys_, values_;  // blocks
  std::vector<int> visible_;
};

}  // namespace tessera::compute::cpu
