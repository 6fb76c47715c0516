#include "apps/server/steady_heap.h"

#include <gtest/gtest.h>

#ifdef __GLIBC__
#include <malloc.h>

#include <cstddef>
#include <vector>

namespace tessera::server {
namespace {

std::size_t bytes_outside_heaps() { return mallinfo2().hblkhd; }

TEST(SteadyHeap, FreedBlocksGoBackToTheSystemHoweverLargeOthersWere) {
  keep_heap_steady();
  std::vector<char> block;
  const std::size_t before = bytes_outside_heaps();
  constexpr std::size_t kLarge = 16 * kReturnedBytes;
  std::vector<char>(kLarge).swap(block);
  std::vector<char>().swap(block);
  std::vector<char>(2 * kReturnedBytes).swap(block);
  if (mallinfo2().uordblks == 0) GTEST_SKIP() << "a sanitizer's allocator has no heaps to tell of";
  EXPECT_GE(bytes_outside_heaps(), before + 2 * kReturnedBytes);
  EXPECT_LT(bytes_outside_heaps(), before + kLarge);
}

}  // namespace
}  // namespace tessera::server
#endif
