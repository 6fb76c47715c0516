#include "src/base/job_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <semaphore>
#include <vector>

namespace tessera::base {
namespace {

TEST(JobThreads, BeginsJobsInTheirOrder) {
  std::vector<int> order;
  std::latch done(100);
  JobThreads threads(1, 3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(threads.submit(
        [&, i] {
          order.push_back(i);
          done.count_down();
        },
        {}));
  }
  done.wait();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(JobThreads, RunsAsManyAtATimeAsItHasThreads) {
  std::latch met(3);
  JobThreads threads(3, 1);
  std::latch done(3);
  for (int i = 0; i < 3; ++i) {
    threads.submit(
        [&] {
          met.arrive_and_wait();  // for ever, were there fewer threads
          done.count_down();
        },
        {});
  }
  done.wait();
}

TEST(JobThreads, GivesUpWaitingForRoomWhenAsked) {
  std::binary_semaphore begun(0), go_on(0);
  std::atomic<int> jobs = 0;
  {
    JobThreads threads(1, 1);
    threads.submit(
        [&] {
          begun.release();
          go_on.acquire();
          ++jobs;
        },
        {});
    begun.acquire();
    EXPECT_TRUE(threads.submit([&] { ++jobs; }, {}));  // waits
    std::stop_source stop;
    std::jthread later([&] { stop.request_stop(); });
    EXPECT_FALSE(threads.submit([&] { ++jobs; }, stop.get_token()));
    // The job that has begun goes on to its end, even while the threads end.
    later = std::jthread([&] { go_on.release(); });
  }
  EXPECT_GE(jobs, 1);
  EXPECT_LE(jobs, 2);
}

}  // namespace
}  // namespace tessera::base
