#include "apps/cli/stream_source.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace tessera::cli {
namespace {

TEST(SampleQueue, GivesSamplesInTheirOrder) {
  SampleQueue queue;
  EXPECT_TRUE(queue.push(std::vector<float>{1, 2, 3}));
  EXPECT_TRUE(queue.push(std::vector<float>{4}));
  EXPECT_EQ(queue.take(2), (std::vector<float>{1, 2}));
  EXPECT_EQ(queue.waiting(), 2u);
  EXPECT_EQ(queue.take(9), (std::vector<float>{3, 4}));
  queue.close();
  EXPECT_TRUE(queue.take(9).empty());
}

TEST(SampleQueue, FailureComesAfterTheLastSample) {
  SampleQueue queue;
  queue.push(std::vector<float>{1});
  queue.close(std::make_exception_ptr(std::runtime_error("bad")));
  EXPECT_EQ(queue.take(9).size(), 1u);
  EXPECT_THROW(queue.take(9), std::runtime_error);
}

TEST(SampleQueue, WaitsForTheOtherSide) {
  SampleQueue queue;
  const std::vector<float> minute(60 * 16000);
  EXPECT_TRUE(queue.push(minute));
  std::thread reader([&] {
    EXPECT_TRUE(queue.push(std::vector<float>{1}));  // when there is room
    EXPECT_TRUE(queue.push(minute));
    EXPECT_FALSE(queue.push(std::vector<float>{2})) << "nobody wants it";
  });
  EXPECT_EQ(queue.take(minute.size()).size(), minute.size());
  EXPECT_EQ(queue.take(1), std::vector<float>{1});
  queue.abandon();
  reader.join();
}

TEST(StreamSource, EndsItsReader) {
  std::stop_source interrupt;
  bool asked = false;
  {
    StreamSource source(
        [&](SampleQueue& queue, const std::stop_token& stop) {
          while (!stop.stop_requested() && queue.push(std::vector<float>{1})) {
          }
          asked = true;
        },
        interrupt.get_token());
    EXPECT_FALSE(source.queue().take(1).empty());
  }
  EXPECT_TRUE(asked);
}

TEST(StreamSource, HandsOnWhatGoesWrong) {
  std::stop_source interrupt;
  StreamSource source(
      [](SampleQueue&, const std::stop_token&) { throw std::runtime_error("broken"); },
      interrupt.get_token());
  EXPECT_THROW(source.queue().take(1), std::runtime_error);
}

}  // namespace
}  // namespace tessera::cli
