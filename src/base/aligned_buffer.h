// Memory that vector instructions can load from without crossing a cache line.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace tessera::base {

/// A cache line on every machine that we run on, and the width of the widest vector register.
inline constexpr std::size_t kAlignment = 64;

struct FreeDeleter {
  void operator()(void* p) const noexcept { std::free(p); }
};

using AlignedBytes = std::unique_ptr<std::byte, FreeDeleter>;

/// Allocates `bytes` bytes, zeroed only by whoever needs it, aligned to kAlignment.
/// Throws std::bad_alloc; the callers at the library's edge turn it into Error{out_of_memory}.
inline AlignedBytes allocate_aligned(std::size_t bytes) {
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded < bytes) throw std::bad_alloc();
  void* memory = std::aligned_alloc(kAlignment, rounded == 0 ? kAlignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return AlignedBytes(static_cast<std::byte*>(memory));
}

}  // namespace tessera::base
