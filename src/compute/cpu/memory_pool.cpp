#include "src/compute/cpu/memory_pool.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "src/base/aligned_buffer.h"

namespace tessera::compute::cpu {

class MemoryPool::Kept {
 public:
  explicit Kept(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  base::AlignedBytes find(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(pieces_.begin(), pieces_.end(),
                                    [&](const Piece& piece) { return piece.bytes == bytes; });
    if (found == pieces_.end()) return nullptr;
    base::AlignedBytes memory = std::move(found->memory);
    pieces_.erase(found);
    bytes_ -= bytes;
    return memory;
  }

  void give_back(base::AlignedBytes memory, std::size_t bytes) noexcept try {
    const std::scoped_lock lock(mutex_);
    if (bytes > most_bytes_ - bytes_) return;
    pieces_.push_back({std::move(memory), bytes});
    bytes_ += bytes;
  } catch (const std::bad_alloc&) {
    // Without room for a note of it, it goes back to the system.
  }

 private:
  struct Piece {
    base::AlignedBytes memory;
    std::size_t bytes;
  };

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;
};

MemoryPool::MemoryPool(std::size_t most_bytes) : kept_(std::make_shared<Kept>(most_bytes)) {}

std::shared_ptr<std::byte> MemoryPool::take(std::size_t bytes) {
  base::AlignedBytes memory = kept_->find(bytes);
  if (memory == nullptr) memory = base::allocate_aligned(bytes);
  // A shared pointer that finds no memory for itself runs this too.
  const auto back = [kept = std::weak_ptr<Kept>(kept_), bytes](std::byte* from) {
    base::AlignedBytes owned(from);
    if (const std::shared_ptr<Kept> pool = kept.lock()) pool->give_back(std::move(owned), bytes);
  };
  return {memory.release(), back};
}

}  // namespace tessera::compute::cpu
