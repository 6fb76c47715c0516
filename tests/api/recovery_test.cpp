// Cancelling, throwing and failing at any moment: promptly, and the same Transcriber goes on to
// work.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <new>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "tessera/transcriber.h"
#include "tests/support/api.h"

namespace tessera {
namespace {

using test::code_of;
using test::quick_options;
using test::tone;

// Three windows of a small model, transcribed once without a disturbance.
class RecoveryTest : public testing::Test {
 protected:
  static constexpr double kSeconds = 62;

  Result transcribe(const Callbacks& callbacks = {}) {
    return transcriber_.transcribe_samples(samples_, quick_options(), callbacks);
  }

  void expect_works() { EXPECT_EQ(transcribe().text, undisturbed_); }

  Transcriber transcriber_{Model::load(test::kSmallModel), {.device = "cpu", .precision = "f32"}};
  std::vector<float> samples_ = tone(kSeconds);
  std::string undisturbed_ = transcribe().text;
};

enum class Moment { language, window, segment, progress };
constexpr Moment kMoments[] = {Moment::language, Moment::window, Moment::segment, Moment::progress};

// Callbacks of which that of `moment` does `action`.
Callbacks at(Moment moment, const std::function<void()>& action) {
  Callbacks callbacks;
  switch (moment) {
    case Moment::language:
      callbacks.on_language = [=](const std::string&, double) { action(); };
      break;
    case Moment::window:
      callbacks.on_window = [=](const WindowReport&) { action(); };
      break;
    case Moment::segment:
      callbacks.on_segment = [=](const Segment&) { action(); };
      break;
    case Moment::progress:
      callbacks.on_progress = [=](double, double) { action(); };
      break;
  }
  return callbacks;
}

TEST_F(RecoveryTest, FindsTextInEveryWindow) {
  const Result result = transcribe();
  EXPECT_EQ(result.segments.size(), 3u);
  EXPECT_NE(result.text, "");
}

TEST_F(RecoveryTest, IsCancelledBeforeItStarts) {
  std::stop_source source;
  source.request_stop();
  int calls = 0;
  for (const Moment moment : kMoments) {
    Callbacks callbacks = at(moment, [&] { ++calls; });
    callbacks.stop = source.get_token();
    EXPECT_EQ(code_of([&] { transcribe(callbacks); }), ErrorCode::cancelled);
  }
  EXPECT_EQ(calls, 0);
  expect_works();
}

TEST_F(RecoveryTest, IsCancelledFromEachCallback) {
  for (const Moment moment : kMoments) {
    std::stop_source source;
    int calls = 0;
    Callbacks callbacks = at(moment, [&] {
      ++calls;
      source.request_stop();
    });
    callbacks.stop = source.get_token();
    EXPECT_EQ(code_of([&] { transcribe(callbacks); }), ErrorCode::cancelled);
    EXPECT_EQ(calls, 1) << "went on after it had been asked to stop";
  }
  expect_works();
}

// A callback waits until another thread has asked for the stop, at each report of progress in turn.
TEST_F(RecoveryTest, IsCancelledByAnotherThreadAtEachWindow) {
  for (int nth = 1; nth <= 3; ++nth) {
    std::stop_source source;
    std::binary_semaphore reached{0};
    std::binary_semaphore asked{0};
    std::jthread other([&] {
      reached.acquire();
      source.request_stop();
      asked.release();
    });
    int reports = 0;
    Callbacks callbacks;
    callbacks.stop = source.get_token();
    callbacks.on_progress = [&](double, double) {
      if (++reports != nth) return;
      reached.release();
      asked.acquire();
    };
    EXPECT_EQ(code_of([&] { transcribe(callbacks); }), ErrorCode::cancelled);
    EXPECT_EQ(reports, nth);
  }
  expect_works();
}

// Delays that end while the sound is read, encoded or decoded, or when all is done; which of them
// is up to the machine. It is never anything but the whole text or Error{cancelled}.
TEST_F(RecoveryTest, IsCancelledByAnotherThreadAtAnyMoment) {
  int cancelled = 0;
  for (const int delay_us : {0, 100, 1000, 5000, 20000, 50000, 100000, 200000}) {
    std::stop_source source;
    Callbacks callbacks;
    callbacks.stop = source.get_token();
    std::jthread other([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
      source.request_stop();
    });
    try {
      EXPECT_EQ(transcribe(callbacks).text, undisturbed_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled) << error.what();
      ++cancelled;
    }
  }
  RecordProperty("cancelled", cancelled);
  expect_works();
}

TEST_F(RecoveryTest, PassesExceptionsOfEachCallbackThrough) {
  for (const Moment moment : kMoments) {
    const Callbacks callbacks = at(moment, [] { throw std::out_of_range("mine"); });
    EXPECT_THROW(transcribe(callbacks), std::out_of_range);
    const Callbacks other = at(moment, [] { throw 42; });  // NOLINT: any type may be thrown
    EXPECT_THROW(transcribe(other), int);
  }
  expect_works();
}

TEST_F(RecoveryTest, WorksAfterEachKindOfError) {
  EXPECT_EQ(code_of([&] {
              Options wrong = quick_options();
              wrong.beam_size = 1000;
              transcriber_.transcribe_samples(samples_, wrong);
            }),
            ErrorCode::bad_argument);
  EXPECT_EQ(code_of([&] { transcriber_.transcribe_file("no-such-file.wav", quick_options()); }),
            ErrorCode::bad_file);
  const std::string playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\n/etc/hostname\n";
  EXPECT_EQ(code_of([&] {
              transcriber_.transcribe_memory(std::as_bytes(std::span(playlist)), "list.m3u8",
                                             quick_options());
            }),
            ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { transcribe(at(Moment::window, [] { throw std::bad_alloc(); })); }),
            ErrorCode::out_of_memory);
  expect_works();
}

TEST_F(RecoveryTest, ProgressRisesToTheTotal) {
  const auto progress = [&](const Options& options) {
    std::vector<double> done;
    Callbacks callbacks;
    callbacks.on_progress = [&](double done_s, double total_s) {
      EXPECT_DOUBLE_EQ(total_s, kSeconds);
      done.push_back(done_s);
    };
    transcriber_.transcribe_samples(samples_, options, callbacks);
    return done;
  };
  Options with_times = quick_options();
  with_times.timestamps = true;
  Options two_clips = quick_options();
  two_clips.clip_timestamps_s = {10, 20, 25, 45};
  for (const Options& options : {quick_options(), with_times, two_clips}) {
    const std::vector<double> done = progress(options);
    ASSERT_GE(done.size(), 3u);
    EXPECT_EQ(done.front(), 0);
    EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
    EXPECT_DOUBLE_EQ(done.back(), kSeconds);
  }
}

// The model that ships: after it was stopped it finds the words that were said.
TEST(Recovery, TheWordsAreRightAfterACancelledRun) {
  const std::string folder = TESSERA_SOURCE_DIR "/models/pebble";
  Transcriber transcriber(Model::load(folder));
  Options options;
  options.language = "en";
  options.beam_size = 1;
  std::stop_source source;
  Callbacks callbacks;
  callbacks.stop = source.get_token();
  callbacks.on_progress = [&](double, double) { source.request_stop(); };
  const std::string sample = folder + "/sample.wav";
  EXPECT_EQ(code_of([&] { transcriber.transcribe_file(sample, options, callbacks); }),
            ErrorCode::cancelled);
  std::string words;
  std::ifstream file(folder + "/sample.txt");
  std::getline(file, words);
  EXPECT_EQ(transcriber.transcribe_file(sample, options).text, " " + words);
}

}  // namespace
}  // namespace tessera
