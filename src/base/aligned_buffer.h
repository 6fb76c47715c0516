// Memory that vector instructions can load from without crossing a cache line.
#pragma once

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace tessera::base {

/// A cache line on every machine that we run on, and the width of the widest vector register.
inline constexpr std::size_t kAlignment = 64;

/// A huge page of x86-64, and of ARM with pages of 4 KB.
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

struct FreeDeleter {
  void operator()(void* p) const noexcept { std::free(p); }
};

using AlignedBytes = std::unique_ptr<std::byte, FreeDeleter>;

/// Allocates `bytes` bytes, zeroed only by whoever needs it, aligned to kAlignment. What is larger
/// than a huge page lies in such pages where the system has them: what a product streams through is
/// then not held up at every 4 KB.
/// Throws std::bad_alloc; the callers at the library's edge turn it into Error{out_of_memory}.
inline AlignedBytes allocate_aligned(std::size_t bytes) {
  const std::size_t alignment = bytes < kHugePage ? kAlignment : kHugePage;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (rounded < bytes) throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // A system without them says so, which changes nothing.
  if (alignment == kHugePage) ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return AlignedBytes(static_cast<std::byte*>(memory));
}

}  // namespace tessera::base
