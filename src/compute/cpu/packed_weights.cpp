#include "src/compute/cpu/packed_weights.h"

#include <algorithm>
#include <utility>

namespace tessera::compute::cpu {

std::size_t PackedWeights::reserve_bytes(std::size_t bytes) {
  constexpr std::size_t kAlignment = 64;
  const std::size_t offset = bytes_;
  bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  gaps_.push_back({offset + bytes, bytes_ - offset - bytes});
  return offset;
}

void PackedWeights::fill(base::ThreadPool& pool) {
  memory_ = base::allocate_aligned(bytes_);
  data_ = memory_.get();
  for (const Gap& gap : gaps_) std::fill_n(memory_.get() + gap.offset, gap.bytes, std::byte{0});
  pool.parallel_for(tasks_.size(), [&](std::size_t i) { tasks_[i](); });
  tasks_.clear();
}

void PackedWeights::adopt(const std::byte* data, std::shared_ptr<const void> owner) {
  data_ = data;
  owner_ = std::move(owner);
  tasks_.clear();
}

}  // namespace tessera::compute::cpu
