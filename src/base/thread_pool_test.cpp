#include "src/base/thread_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <stdexcept>

namespace tessera::base {
namespace {

TEST(ThreadPool, RunsEveryBlockOnce) {
  for (const int threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
      std::vector<std::atomic<int>> calls(count);
      pool.parallel_for(count, [&](std::size_t i) { ++calls[i]; });
      for (const auto& call : calls) ASSERT_EQ(call, 1);
    }
  }
}

TEST(ThreadPool, LoopsFollowEachOtherWithoutMixing) {
  ThreadPool pool(4);
  std::vector<long> values(64, 0);
  for (int loop = 0; loop < 500; ++loop) {
    pool.parallel_for(values.size(), [&](std::size_t i) { values[i] += loop; });
  }
  for (const long value : values) ASSERT_EQ(value, 499 * 500 / 2);
}

TEST(ThreadPool, UsesItsThreadsTogether) {
  ThreadPool pool(3);
  std::atomic<int> arrived = 0;
  pool.parallel_for(3, [&](std::size_t) {
    ++arrived;
    while (arrived < 3) std::this_thread::yield();  // ends only when three run at once
  });
  EXPECT_EQ(arrived, 3);
}

TEST(ThreadPool, NumbersItsThreads) {
  ThreadPool pool(3);
  std::atomic<int> arrived = 0;
  std::vector<std::atomic<int>> seen(3);
  pool.parallel_for_workers(3, [&](std::size_t, std::size_t worker) {
    ++seen.at(worker);
    ++arrived;
    while (arrived < 3) std::this_thread::yield();
  });
  for (const auto& count : seen) EXPECT_EQ(count, 1);
}

TEST(ThreadPool, WakesWorkersThatHaveGoneToSleep) {
  ThreadPool pool(3);
  for (int loop = 0; loop < 20; ++loop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // longer than workers look around
    std::atomic<int> arrived = 0;
    pool.parallel_for(3, [&](std::size_t) {
      ++arrived;
      while (arrived < 3) std::this_thread::yield();
    });
    ASSERT_EQ(arrived, 3);
  }
}

TEST(ThreadPool, PassesAnExceptionOnAndGoesOn) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.parallel_for(100,
                                 [](std::size_t i) {
                                   if (i == 40) throw std::runtime_error("block 40");
                                 }),
               std::runtime_error);
  std::atomic<int> calls = 0;
  pool.parallel_for(10, [&](std::size_t) { ++calls; });
  EXPECT_EQ(calls, 10);
}

TEST(AvailableCores, IsAtLeastOneAndAtMostWhatThereIs) {
  EXPECT_GE(available_cores(), 1);
  EXPECT_LE(available_cores(), static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace tessera::base
