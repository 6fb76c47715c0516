#include "apps/server/steady_heap.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace tessera::server {

void keep_heap_steady() {
#ifdef __GLIBC__
  // Threads of a server allocate between long computations and seldom wait for each other here.
  constexpr int kHeaps = 2;
  mallopt(M_ARENA_MAX, kHeaps);
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(kReturnedBytes));
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kReturnedBytes));
#endif
}

}  // namespace tessera::server
