// A service: jobs of any thread at any time, none of which another's fate or text depends on.
#include "tessera/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "tests/support/api.h"

namespace tessera {
namespace {

using test::code_of;
using test::quick_options;
using test::tone;

/// A wav file of 16-bit samples.
std::vector<std::byte> wav(const std::vector<float>& samples) {
  const auto bytes = static_cast<std::uint32_t>(2 * samples.size());
  std::string file = "RIFF....WAVEfmt ";
  const auto number = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) file += static_cast<char>(value >> (8 * i));
  };
  number(16, 4);
  number(1, 2);
  number(1, 2);
  number(16000, 4);
  number(32000, 4);
  number(2, 2);
  number(16, 2);
  file += "data";
  number(bytes, 4);
  for (const float sample : samples) {
    number(static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(sample * 32767))), 2);
  }
  std::vector<std::byte> result(file.size());
  std::memcpy(result.data(), file.data(), file.size());
  return result;
}

/// Keeps a callback, and whoever called it, until it is opened.
class Gate {
 public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

class ServiceTest : public testing::Test {
 protected:
  ServiceOptions service_options(int windows, std::size_t max_waiting = 64) {
    return {
        .device = {.device = "cpu", .threads = 1}, .windows = windows, .max_waiting = max_waiting};
  }

  /// A job and the future of its outcome.
  std::pair<ServiceJob, std::future<FileOutcome>> job(const Options& options,
                                                      const Callbacks& callbacks = {}) {
    auto promise = std::make_shared<std::promise<FileOutcome>>();
    ServiceJob made{file_, "talk.wav", options, callbacks,
                    [promise](FileOutcome outcome) { promise->set_value(std::move(outcome)); }};
    return {std::move(made), promise->get_future()};
  }

  static ErrorCode code(const FileOutcome& outcome) {
    return code_of([&] {
      if (outcome.error != nullptr) std::rethrow_exception(outcome.error);
    });
  }

  Model model_ = Model::load(test::kSmallModel);
  std::vector<std::byte> file_ = wav(tone(5));
};

TEST_F(ServiceTest, JobsGiveTheTextThatATranscriberGives) {
  const std::vector<std::byte> long_file = wav(tone(35));  // two windows
  Transcriber alone(model_, {.device = "cpu", .threads = 1});
  Service service(model_, service_options(3));
  std::vector<std::future<FileOutcome>> outcomes;
  std::vector<std::string> expected;
  for (int i = 0; i < 6; ++i) {
    Options options = quick_options();
    options.max_tokens = 3 + i % 3;
    options.batch_size = i % 2 == 0 ? 0 : 2;
    options.initial_prompt = i > 3 ? "Hello" : "";
    expected.push_back(alone.transcribe_memory(long_file, "talk.wav", options).text);
    auto [submitted, outcome] = job(options);
    submitted.file = long_file;
    ASSERT_TRUE(service.submit(std::move(submitted)));
    outcomes.push_back(std::move(outcome));
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const FileOutcome outcome = outcomes[i].get();
    ASSERT_EQ(outcome.error, nullptr) << i;
    EXPECT_EQ(outcome.result.text, expected[i]) << i;
    EXPECT_DOUBLE_EQ(outcome.result.duration_s, 35);
  }
}

TEST_F(ServiceTest, RefusesWhatFindsNoRoomAndTakesItLater) {
  Service service(model_, service_options(1, 2));
  Gate gate;
  Callbacks held;
  held.on_language = [&](const std::string&, double) { gate.pass(); };
  std::vector<std::future<FileOutcome>> outcomes;
  const auto submit = [&] {
    auto [submitted, outcome] = job(quick_options(), held);
    const bool taken = service.submit(std::move(submitted));
    if (taken) outcomes.push_back(std::move(outcome));
    return taken;
  };
  // One window is decoded, and one job is read ahead.
  ASSERT_TRUE(submit());
  ASSERT_TRUE(submit());
  gate.wait_for(2);
  EXPECT_TRUE(submit());
  EXPECT_TRUE(submit());
  EXPECT_FALSE(submit());
  EXPECT_EQ(service.waiting(), 2u);
  EXPECT_EQ(service.running(), 2u);
  gate.open();
  for (auto& outcome : outcomes) EXPECT_EQ(outcome.get().error, nullptr);
  EXPECT_TRUE(submit());
  service.drain();
  EXPECT_FALSE(submit());
}

TEST_F(ServiceTest, AWaitingJobThatNobodyWantsMakesRoom) {
  Service service(model_, service_options(1, 1));
  Gate gate;
  Callbacks held;
  held.on_language = [&](const std::string&, double) { gate.pass(); };
  std::vector<std::future<FileOutcome>> outcomes;
  for (int i = 1; i <= 2; ++i) {
    auto [first, outcome] = job(quick_options(), held);
    ASSERT_TRUE(service.submit(std::move(first)));
    gate.wait_for(i);
    outcomes.push_back(std::move(outcome));
  }
  std::stop_source stop;
  Callbacks stoppable;
  stoppable.stop = stop.get_token();
  auto [unwanted, unwanted_outcome] = job(quick_options(), stoppable);
  ASSERT_TRUE(service.submit(std::move(unwanted)));
  auto [next, next_outcome] = job(quick_options());
  EXPECT_FALSE(service.submit(next));
  stop.request_stop();
  EXPECT_TRUE(service.submit(std::move(next)));
  EXPECT_EQ(code(unwanted_outcome.get()), ErrorCode::cancelled);
  gate.open();
  EXPECT_EQ(next_outcome.get().error, nullptr);
}

TEST_F(ServiceTest, WhatGoesWrongWithOneJobIsItsOwn) {
  Service service(model_, service_options(2));
  Callbacks throwing;
  throwing.on_segment = [](const Segment&) { throw Error(ErrorCode::unsupported, "enough"); };
  std::stop_source stopped;
  stopped.request_stop();
  Callbacks unwanted;
  unwanted.stop = stopped.get_token();
  Options wrong = quick_options();
  wrong.beam_size = 0;
  for (const int batch_size : {0, 2}) {
    Options options = quick_options();
    options.batch_size = wrong.batch_size = batch_size;
    auto [good, good_outcome] = job(options);
    auto [bad, bad_outcome] = job(options, throwing);
    auto [gone, gone_outcome] = job(options, unwanted);
    auto [odd, odd_outcome] = job(wrong);
    auto [noise, noise_outcome] = job(options);
    noise.file = std::span(noise.file).first(10);
    for (ServiceJob* each : {&bad, &gone, &odd, &noise, &good}) {
      ASSERT_TRUE(service.submit(std::move(*each)));
    }
    EXPECT_EQ(code(bad_outcome.get()), ErrorCode::unsupported);
    EXPECT_EQ(code(gone_outcome.get()), ErrorCode::cancelled);
    EXPECT_EQ(code(odd_outcome.get()), ErrorCode::bad_argument);
    EXPECT_EQ(code(noise_outcome.get()), ErrorCode::bad_file);
    EXPECT_EQ(good_outcome.get().error, nullptr);
  }
}

TEST_F(ServiceTest, SoundThatIsTooLongIsRefused) {
  ServiceOptions options = service_options(1);
  options.max_audio_s = 4.9;
  Service service(model_, options);
  auto [submitted, outcome] = job(quick_options());
  ASSERT_TRUE(service.submit(std::move(submitted)));
  EXPECT_EQ(code(outcome.get()), ErrorCode::bad_argument);
}

TEST_F(ServiceTest, ItsEndCancelsWhatHasNotEnded) {
  Gate gate;
  Callbacks held;
  held.on_language = [&](const std::string&, double) { gate.pass(); };
  std::vector<std::future<FileOutcome>> outcomes;
  std::thread opener;
  {
    Service service(model_, service_options(1));
    for (int i = 0; i < 4; ++i) {
      auto [submitted, outcome] = job(quick_options(), held);
      ASSERT_TRUE(service.submit(std::move(submitted)));
      outcomes.push_back(std::move(outcome));
    }
    gate.wait_for(2);
    service.cancel_all();
    opener = std::thread([&] { gate.open(); });
  }
  opener.join();
  for (auto& outcome : outcomes) EXPECT_EQ(code(outcome.get()), ErrorCode::cancelled);
}

TEST_F(ServiceTest, RefusesNumbersOutOfRange) {
  for (const int windows : {-1, 0, 129}) {
    EXPECT_EQ(code_of([&] { Service(model_, service_options(windows)); }), ErrorCode::bad_argument);
  }
}

}  // namespace
}  // namespace tessera
