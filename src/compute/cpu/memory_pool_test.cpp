#include "src/compute/cpu/memory_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

namespace tessera::compute::cpu {
namespace {

TEST(MemoryPool, GivesOutAgainWhatCameBack) {
  MemoryPool pool(1000);
  std::byte* const first = pool.take(400).get();
  EXPECT_EQ(pool.take(400).get(), first);
  const auto held = pool.take(400);
  EXPECT_EQ(held.get(), first);
  const auto other = pool.take(400);
  EXPECT_NE(other.get(), first);
}

TEST(MemoryPool, AnotherSizeIsOtherMemory) {
  MemoryPool pool(1000);
  std::byte* const first = pool.take(400).get();
  const auto other = pool.take(401);
  EXPECT_NE(other.get(), first);
  EXPECT_EQ(pool.take(400).get(), first);
}

TEST(MemoryPool, MayEndBeforeItsMemory) {
  std::optional<MemoryPool> pool(1000);
  const auto held = pool->take(64);
  pool.reset();
  std::memset(held.get(), 1, 64);
}

TEST(MemoryPool, ThreadsShareNoMemory) {
  MemoryPool pool(1 << 20);
  std::vector<std::jthread> threads;
  for (unsigned char mark = 1; mark <= 4; ++mark) {
    threads.emplace_back([&pool, mark] {
      constexpr std::size_t kBytes = 4096;
      const std::vector<unsigned char> wanted(kBytes, mark);
      for (int i = 0; i < 1000; ++i) {
        const auto memory = pool.take(kBytes);
        std::memset(memory.get(), mark, kBytes);
        ASSERT_EQ(std::memcmp(memory.get(), wanted.data(), kBytes), 0);
      }
    });
  }
}

}  // namespace
}  // namespace tessera::compute::cpu
