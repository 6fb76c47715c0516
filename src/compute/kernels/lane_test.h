// What the tests of the lane_* kernels share: blocks of 48 tokens and their numbers.
#pragma once

#include <cstring>

#include "src/base/aligned_buffer.h"
#include "src/compute/dtype.h"
#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {

/// Aligned numbers with a guard behind them.
template <class T>
class Block {
 public:
  explicit Block(std::size_t count) : count_(count) {
    memory_ = base::allocate_aligned((count + kGuards) * sizeof(T));
    for (std::size_t i = 0; i < count + kGuards; ++i) data()[i] = T{77};
  }
  T* data() { return reinterpret_cast<T*>(memory_.get()); }
  const T* data() const { return reinterpret_cast<const T*>(memory_.get()); }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  std::size_t size() const { return count_; }
  bool is_guarded() const {
    for (std::size_t i = count_; i < count_ + kGuards; ++i) {
      if (data()[i] != T{77}) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kGuards = 64;
  std::size_t count_;
  base::AlignedBytes memory_;
};

inline std::size_t lane_index(int channel, int token) {
  return static_cast<std::size_t>(channel) * kBlockTokens + static_cast<std::size_t>(token);
}

/// (channels, 48) of normal numbers, each token of another size.
inline Block<float> normal_block(int channels, unsigned seed, float offset = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Block<float> block(lane_index(channels, 0));
  for (int channel = 0; channel < channels; ++channel) {
    for (int token = 0; token < kBlockTokens; ++token) {
      block[lane_index(channel, token)] =
          (normal(random) + offset) * (0.25f + static_cast<float>(token % 7));
    }
  }
  return block;
}

/// The variants of an int8 op that run here and take bytes around `centre`.
inline std::vector<const Kernel*> runnable_with(std::string_view op, int centre) {
  std::vector<const Kernel*> kernels = runnable(op);
  std::erase_if(kernels, [&](const Kernel* kernel) { return !takes_centre(kernel->isa, centre); });
  return kernels;
}

}  // namespace tessera::compute::kernels
