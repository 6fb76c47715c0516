// What the kernels of an encoder and a decoder have to do, for choosing among their variants.
#pragma once

#include <functional>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {

/// Operands of the shapes of Whisper-base, width 512 and 1500 keys, on which variants are timed.
/// All numbers are zero and all scales one: no variant's time depends on them.
class Workload {
 public:
  Workload();

  /// Seconds of one run of the variant, from as many runs as take at least 0.05 ms. Throws
  /// Error{internal} for an op that is not among those of cpu::KernelSet.
  double seconds_of(const Kernel& kernel) const;

 private:
  std::function<void()> run_of(const Kernel& kernel) const;
  template <class Params>
  std::function<void()> linear(const Kernel& kernel) const;
  template <class Params>
  std::function<void()> attention(const Kernel& kernel) const;
  template <class Params>
  std::function<void()> matmul(const Kernel& kernel) const;
  template <class Params>
  std::function<void()> row_attention(const Kernel& kernel) const;
  std::function<void()> row_op(const Kernel& kernel) const;
  std::function<void()> lane_op(const Kernel& kernel) const;

  base::AlignedBytes zeros_, ones_, out_, scratch_;
  std::vector<const std::byte*> blocks_;  // of keys or values: all the same one
  int visible_;
};

}  // namespace tessera::compute::kernels
