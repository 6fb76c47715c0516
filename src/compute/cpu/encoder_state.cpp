#include "src/compute/cpu/encoder_state.h"

#include "src/compute/cpu/window.h"

namespace tessera::compute::cpu {

SelfHeads::SelfHeads(Number largest, int windows, int heads, int blocks)
    : heads_(static_cast<std::size_t>(heads)),
      blocks_(static_cast<std::size_t>(blocks)),
      block_bytes_(CrossHeads::block_bytes(largest)) {
  const std::size_t all = at(windows, 0, 0);
  queries_ = base::allocate_aligned(all * block_bytes_);
  keys_ = base::allocate_aligned(all * block_bytes_);
  values_ = base::allocate_aligned(all * block_bytes_);
  for (std::vector<float>* scales : {&query_scales_, &key_scales_, &key_offsets_}) {
    scales->resize(all * kernels::kBlockTokens);
  }
  key_starts_.resize(all * kernels::kBlockTokens);
  value_scales_.resize(all);
  value_logs_.resize(all);
}

}  // namespace tessera::compute::cpu
