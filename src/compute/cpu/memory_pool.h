// Memory that many short-lived windows use one after the other.
#pragma once

#include <cstddef>
#include <memory>

namespace tessera::compute::cpu {

/// Gives memory out and takes it back. Fresh memory costs a window of Whisper base a tenth of its
/// encoding and more: the system clears it, page by page, as it is first written. All functions may
/// be called from any thread.
class MemoryPool {
 public:
  /// Keeps `most_bytes` at most while nobody uses them, the rest goes back to the system.
  explicit MemoryPool(std::size_t most_bytes);

  /// `bytes` bytes, aligned as by base::allocate_aligned, with anything in them. May outlive the
  /// pool. Throws std::bad_alloc.
  std::shared_ptr<std::byte> take(std::size_t bytes);

 private:
  class Kept;
  std::shared_ptr<Kept> kept_;
};

}  // namespace tessera::compute::cpu
