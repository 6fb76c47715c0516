#include "src/base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

namespace tessera::base {
namespace {

TEST(AlignedBuffer, AllBytesAreThereAndAligned) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{65}, kHugePage - 1,
                                  kHugePage, 2 * kHugePage + 100}) {
    const AlignedBytes memory = allocate_aligned(bytes);
    ASSERT_NE(memory, nullptr);
    const std::size_t alignment = bytes < kHugePage ? kAlignment : kHugePage;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.get()) % alignment, 0u) << bytes;
    std::memset(memory.get(), 1, bytes);
  }
}

TEST(AlignedBuffer, MoreThanAnAddressCountsIsAnError) {
  EXPECT_THROW(allocate_aligned(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  EXPECT_THROW(allocate_aligned(std::numeric_limits<std::size_t>::max() - kHugePage / 2),
               std::bad_alloc);
}

}  // namespace
}  // namespace tessera::base
