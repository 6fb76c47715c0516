// What a caller sees of batches beside the text: reports and callbacks in order, refusals,
// stopping, and two models at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>

#include "tessera/transcriber.h"
#include "tests/support/batches.h"

namespace tessera {
namespace {

using test::code_of;
using test::heard;
using test::Heard;
using test::quick_options;
using test::tone;

using BatchCallsTest = test::BatchFixture;

TEST_F(BatchCallsTest, ReportsInOrder) {
  std::string language;
  std::vector<double> done;
  std::vector<int> windows, ids;
  Callbacks callbacks;
  const auto self = std::this_thread::get_id();
  callbacks.on_language = [&](const std::string& code, double) { language = code; };
  callbacks.on_progress = [&](double seconds, double) { done.push_back(seconds); };
  callbacks.on_window = [&](const WindowReport& window) { windows.push_back(window.seek_frames); };
  callbacks.on_segment = [&](const Segment& segment) {
    EXPECT_EQ(std::this_thread::get_id(), self);
    EXPECT_EQ(language, "en");
    ids.push_back(segment.id);
  };
  const Result result = transcribe(quick_options(), 4, callbacks);
  EXPECT_TRUE(std::ranges::is_sorted(windows));
  EXPECT_EQ(done.front(), 0);
  EXPECT_EQ(done.back(), kSeconds);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  ASSERT_EQ(ids.size(), result.segments.size());
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], static_cast<int>(i));
  EXPECT_GT(result.seconds.mel, 0);
  EXPECT_GT(result.seconds.encode, 0);
  EXPECT_GT(result.seconds.decode, 0);
}

TEST_F(BatchCallsTest, DetectsTheLanguageOnce) {
  Options options = quick_options();
  options.language.clear();
  int calls = 0;
  Callbacks callbacks;
  callbacks.on_language = [&](const std::string&, double) { ++calls; };
  EXPECT_EQ(transcribe(options, 4, callbacks).language, transcribe(options, 0).language);
  EXPECT_EQ(calls, 1);
}

TEST_F(BatchCallsTest, RefusesWrongOptions) {
  const auto refused = [&](int batch_size, const std::function<void(Options&)>& change) {
    Options options = quick_options();
    change(options);
    return code_of([&] { transcribe(options, batch_size); });
  };
  const auto nothing = [](Options&) {};
  EXPECT_EQ(refused(-1, nothing), ErrorCode::bad_argument);
  EXPECT_EQ(refused(129, nothing), ErrorCode::bad_argument);
  EXPECT_EQ(refused(4, [](Options& o) { o.language = "klingon"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused(4, [](Options& o) { o.suppress_tokens = "51865"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused(4,
                    [](Options& o) {
                      o.word_timestamps = true;
                      o.hallucination_silence_threshold_s = 2;
                    }),
            ErrorCode::bad_argument);
}

TEST_F(BatchCallsTest, StopsFromACallbackAndWorksAgainAfterwards) {
  const std::vector<Heard> expected = heard(transcribe(quick_options(), 4));
  std::stop_source source;
  Callbacks callbacks;
  callbacks.stop = source.get_token();
  int segments = 0;
  callbacks.on_segment = [&](const Segment&) {
    ++segments;
    source.request_stop();
  };
  EXPECT_EQ(code_of([&] { transcribe(quick_options(), 4, callbacks); }), ErrorCode::cancelled);
  EXPECT_EQ(segments, 1);
  EXPECT_EQ(heard(transcribe(quick_options(), 4)), expected);
}

TEST_F(BatchCallsTest, StopsFromAnotherThreadAtAnyMoment) {
  const std::vector<Heard> expected = heard(transcribe(quick_options(), 4));
  for (int moment = 0; moment < 12; ++moment) {
    std::stop_source source;
    Callbacks callbacks;
    callbacks.stop = source.get_token();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5 * moment));
      source.request_stop();
    });
    try {
      EXPECT_EQ(heard(transcribe(quick_options(), 4, callbacks)), expected);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
  }
  EXPECT_EQ(heard(transcribe(quick_options(), 4)), expected);
}

TEST_F(BatchCallsTest, PassesAnExceptionOfACallbackThrough) {
  Callbacks callbacks;
  callbacks.on_segment = [](const Segment&) { throw std::out_of_range("mine"); };
  EXPECT_THROW(transcribe(quick_options(), 4, callbacks), std::out_of_range);
  callbacks = {};
  callbacks.on_language = [](const std::string&, double) { throw std::out_of_range("mine"); };
  EXPECT_THROW(transcribe(quick_options(), 4, callbacks), std::out_of_range);
}

TEST_F(BatchCallsTest, NoSoundHasAnEmptyTranscript) {
  samples_.clear();
  EXPECT_TRUE(transcribe(quick_options(), 4).segments.empty());
}

TEST_F(BatchCallsTest, TwoModelsAtOnce) {
  const Model other_model = Model::load("random:tiny,width=64,layers=2,seed=5");
  const std::vector<float> sound = tone(40);
  for (const char* device : {"reference", "cpu"}) {
    const auto run = [&](const Model& model) {
      Options options = quick_options();
      options.batch_size = 3;
      return heard(
          Transcriber(model, {.device = device, .threads = 2}).transcribe_samples(sound, options));
    };
    const std::vector<Heard> expected = run(model_), other_expected = run(other_model);
    EXPECT_NE(expected, other_expected);
    std::vector<Heard> got, other_got;
    std::jthread one([&] { got = run(model_); });
    std::jthread other([&] { other_got = run(other_model); });
    one.join();
    other.join();
    EXPECT_EQ(got, expected) << device;
    EXPECT_EQ(other_got, other_expected) << device;
  }
}

}  // namespace
}  // namespace tessera
