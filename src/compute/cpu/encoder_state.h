// What the encoder holds between its passes, for some windows at a time.
#pragma once

#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/cpu/precision_plan.h"
#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::cpu {

/// Queries, keys and values of one layer's self-attention, in blocks of 48 positions. A block is
/// what the lane_attention kernels take, in the number of the layer; all blocks of a head follow
/// each other.
class SelfHeads {
 public:
  /// Room for any number that `largest` has room for.
  SelfHeads(Number largest, int windows, int heads, int blocks);

  std::byte* query(int window, int head, int block) {
    return queries_.get() + at(window, head, block) * block_bytes_;
  }
  std::byte* key(int window, int head, int block) {
    return keys_.get() + at(window, head, block) * block_bytes_;
  }
  std::byte* value(int window, int head, int block) {
    return values_.get() + at(window, head, block) * block_bytes_;
  }
  /// Bytes from block to block.
  std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(block_bytes_); }

  // Of int8, see LaneAttentionI8Params: (48) of a block of queries or keys, one of values.
  float* query_scales(int window, int head, int block) {
    return query_scales_.data() + at(window, head, block) * kernels::kBlockTokens;
  }
  float* key_scales(int window, int head, int block) {
    return key_scales_.data() + at(window, head, block) * kernels::kBlockTokens;
  }
  float* key_offsets(int window, int head, int block) {
    return key_offsets_.data() + at(window, head, block) * kernels::kBlockTokens;
  }
  std::int32_t* key_starts(int window, int head, int block) {
    return key_starts_.data() + at(window, head, block) * kernels::kBlockTokens;
  }
  float* value_scale(int window, int head, int block) {
    return value_scales_.data() + at(window, head, block);
  }
  float* value_log(int window, int head, int block) {
    return value_logs_.data() + at(window, head, block);
  }

 private:
  std::size_t at(int window, int head, int block) const {
    return (static_cast<std::size_t>(window) * heads_ + static_cast<std::size_t>(head)) * blocks_ +
           static_cast<std::size_t>(block);
  }

  std::size_t heads_, blocks_, block_bytes_;
  base::AlignedBytes queries_, keys_, values_;
  std::vector<float> query_scales_, key_scales_, key_offsets_, value_scales_, value_logs_;
  std::vector<std::int32_t> key_starts_;
};

}  // namespace tessera::compute::cpu
