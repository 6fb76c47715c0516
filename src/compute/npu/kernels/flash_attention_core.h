// bfloat16 attention of 64 queries on one emulated core, keys after keys: the kernels of
// flash_attention_aie2.h on a memory as they want it.
#pragma once

#include <vector>

#include "src/compute/npu/emulator/core_state.h"

namespace tessera::compute::npu {

class FlashAttentionCore {
 public:
  FlashAttentionCore();

  /// q: (64, 64) in rows, scaled so that scores are octaves, rounded to bfloat16. Forgets what was
  /// added.
  void begin(const float* q);
  /// k, v: (keys, 64) in rows, 1 to 32 keys, rounded to bfloat16; what is missing of 32 is poison.
  /// Throws Error{bad_argument} for other numbers.
  void add(const float* k, const float* v, int keys);
  /// out: (64, 64) in rows.
  void end(float* out);

  /// What the kernels issued: attention_bf16_begin, attention_bf16_pair, attention_bf16_end.
  const std::vector<KernelCounts>& counts() const { return core_.counts(); }
  void clear_counts() { core_.clear_counts(); }
  CoreState& core() { return core_; }

 private:
  template <class T>
  T* place(const char* name, std::size_t bytes, std::size_t bank);

  CoreState core_;
  Bfloat16 *q_, *k_, *v_, *out_, *maxima_;
  float *scores_, *sums_, *totals_;
};

}  // namespace tessera::compute::npu
