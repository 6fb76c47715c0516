// How the allocator of a process that runs for weeks gives memory back.
#pragma once

#include <cstddef>

namespace tessera::server {

/// From this size on a block goes back to the system when it is freed.
inline constexpr std::size_t kReturnedBytes = std::size_t{256} << 10;

/// Has glibc's malloc keep what is in use and little else; nothing changes with another C library.
///
/// Left to itself it takes larger and larger blocks, up to 32 MB, from its heaps once such a block
/// was freed, and has eight heaps for each processor; a few long-lived bytes in each keep what lies
/// before them. For the process as a whole, and before it has threads.
/// Source: mallopt(3), M_ARENA_MAX and M_MMAP_THRESHOLD.
void keep_heap_steady();

}  // namespace tessera::server
