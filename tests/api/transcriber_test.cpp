// The public C++ interface, as a program that uses the library sees it.
#include "tessera/transcriber.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <thread>

#include "tests/support/api.h"

namespace tessera {
namespace {

using test::code_of;
using test::tone;

constexpr const char* kModel = test::kSmallModel;

Options short_options() {
  Options options;
  options.language = "en";
  options.max_tokens = 5;
  options.no_speech_threshold.reset();
  return options;
}

class TranscriberTest : public testing::Test {
 protected:
  Model model_ = Model::load(kModel);
  Transcriber transcriber_{model_, {.device = "cpu", .precision = "f32"}};
};

// Files that are read ahead give the same as files that are not, errors included.
TEST_F(TranscriberTest, AFileMayBeReadAhead) {
  const std::string data = std::string(TESSERA_SOURCE_DIR) + "/tests/data/";
  const std::vector<std::string> files = {data + "audio_tone.flac", data + "audio_none.mp4",
                                          data + "audio_tone.m4a", "no-such-file.wav",
                                          data + "audio_tone.flac"};
  const auto outcome = [&](const std::string& file) -> std::string {
    try {
      const Result result = transcriber_.transcribe_file(file, short_options());
      EXPECT_GE(result.seconds.ahead, 0.0);
      EXPECT_LE(result.seconds.ahead, result.seconds.read + result.seconds.mel);
      return result.text;
    } catch (const Error& error) {
      return error.what();
    }
  };
  std::vector<std::string> at_once, ahead;
  for (const std::string& file : files) at_once.push_back(outcome(file));
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i + 1 < files.size()) transcriber_.read_ahead(files[i + 1]);
    ahead.push_back(outcome(files[i]));
  }
  EXPECT_EQ(ahead, at_once);
  transcriber_.read_ahead(files[0]);  // never asked for
}

TEST_F(TranscriberTest, ReportsLanguageSegmentsAndProgress) {
  std::vector<Segment> segments;
  std::vector<double> done;
  std::string language;
  Callbacks callbacks;
  callbacks.on_language = [&](const std::string& code, double) { language = code; };
  callbacks.on_segment = [&](const Segment& segment) { segments.push_back(segment); };
  callbacks.on_progress = [&](double seconds, double total) {
    done.push_back(seconds);
    EXPECT_DOUBLE_EQ(total, 70.0);
  };
  Options options = short_options();
  options.timestamps = false;
  const Result result = transcriber_.transcribe_samples(tone(70), options, callbacks);
  EXPECT_EQ(language, "en");
  EXPECT_EQ(done, (std::vector<double>{0, 30, 60, 70}));
  ASSERT_EQ(segments.size(), result.segments.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    EXPECT_EQ(segments[i].id, static_cast<int>(i));
    EXPECT_EQ(segments[i].text, result.segments[i].text);
    EXPECT_LE(segments[i].tokens.size(), 5u);
  }
  EXPECT_DOUBLE_EQ(result.duration_s, 70.0);
  EXPECT_GT(result.seconds.encode, 0.0);
}

TEST_F(TranscriberTest, SoundThatIsTooShortForAFrameHasAnEmptyTranscript) {
  for (const std::size_t samples : {0u, 1u, 159u}) {
    const Result result =
        transcriber_.transcribe_samples(std::vector<float>(samples, 0.1f), short_options());
    EXPECT_TRUE(result.segments.empty());
    EXPECT_EQ(result.text, "");
    EXPECT_EQ(result.language, "en");
  }
}

TEST_F(TranscriberTest, WarnsOfAPacketThatIsDamagedInTheMiddle) {
  std::ifstream file(TESSERA_SOURCE_DIR "/tests/data/audio_tone.mp3", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto transcribe = [&] {
    return transcriber_.transcribe_memory(std::as_bytes(std::span(bytes)), "tone.mp3",
                                          short_options());
  };
  EXPECT_TRUE(transcribe().warnings.empty());
  bytes.replace(bytes.size() / 2, 100, 100, '\0');
  const Result result = transcribe();
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0], "damaged packets that were left out: 1");
}

TEST_F(TranscriberTest, RefusesWrongOptions) {
  const std::vector<float> samples = tone(1);
  const auto refused = [&](const std::function<void(Options&)>& change) {
    Options options = short_options();
    change(options);
    return code_of([&] { transcriber_.transcribe_samples(samples, options); });
  };
  EXPECT_EQ(refused([](Options& o) { o.language = "klingon"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused([](Options& o) { o.max_tokens = -1; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused([](Options& o) { o.max_tokens = 449; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused([](Options& o) { o.suppress_tokens = "1,x"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused([](Options& o) { o.suppress_tokens = "51865"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused([](Options& o) { o.max_initial_timestamp_s = -1; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused([](Options& o) { o.max_initial_timestamp_s = NAN; }), ErrorCode::bad_argument);
}

TEST_F(TranscriberTest, RefusesSamplesThatAreNoNumbers) {
  std::vector<float> samples = tone(2);
  samples[17000] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(code_of([&] { transcriber_.transcribe_samples(samples, short_options()); }),
            ErrorCode::bad_file);
}

TEST_F(TranscriberTest, StopsWhenAskedAndWorksAgainAfterwards) {
  std::stop_source source;
  Callbacks callbacks;
  callbacks.stop = source.get_token();
  callbacks.on_progress = [&](double done_s, double) {
    if (done_s > 0) source.request_stop();
  };
  int segments = 0;
  callbacks.on_segment = [&](const Segment&) { ++segments; };
  Options options = short_options();
  options.timestamps = false;
  EXPECT_EQ(code_of([&] { transcriber_.transcribe_samples(tone(70), options, callbacks); }),
            ErrorCode::cancelled);
  EXPECT_EQ(segments, 1);
  EXPECT_EQ(transcriber_.transcribe_samples(tone(70), options).segments.size(), 3u);
}

TEST_F(TranscriberTest, PassesAnExceptionOfACallbackThrough) {
  Callbacks callbacks;
  callbacks.on_segment = [](const Segment&) { throw std::out_of_range("mine"); };
  EXPECT_THROW(transcriber_.transcribe_samples(tone(5), short_options(), callbacks),
               std::out_of_range);
}

TEST_F(TranscriberTest, SharesAModelBetweenThreads) {
  const std::vector<float> samples = tone(5);
  const std::string expected = transcriber_.transcribe_samples(samples, short_options()).text;
  std::vector<std::string> texts(3);
  std::vector<std::jthread> threads;
  for (std::string& text : texts) {
    threads.emplace_back([&] {
      Transcriber own(model_, {.device = "cpu", .precision = "f32", .threads = 2});
      text = own.transcribe_samples(samples, short_options()).text;
    });
  }
  threads.clear();
  for (const std::string& text : texts) EXPECT_EQ(text, expected);
}

TEST(Transcriber, RefusesWhatTheDeviceCannotDo) {
  const Model model = Model::load(kModel);
  EXPECT_EQ(code_of([&] { Transcriber(model, {.device = "gpu"}); }), ErrorCode::bad_argument);
  EXPECT_EQ(code_of([&] { Transcriber(model, {.device = "reference", .precision = "int8"}); }),
            ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { Transcriber(model, {.precision = "fp64"}); }), ErrorCode::bad_argument);
  EXPECT_EQ(code_of([&] { Transcriber(model, {.threads = -1}); }), ErrorCode::bad_argument);
}

TEST(Transcriber, TakesItsThreadsFromTheEnvironment) {
  const Model model = Model::load(kModel);
  setenv("TESSERA_THREADS", "3", 1);
  EXPECT_NE(Transcriber(model, {}).describe().find("3 threads"), std::string::npos);
  setenv("TESSERA_THREADS", "many", 1);
  EXPECT_EQ(code_of([&] { Transcriber(model, {}); }), ErrorCode::bad_argument);
  unsetenv("TESSERA_THREADS");
}

TEST(Model, SaysWhereItLookedForAName) {
  EXPECT_EQ(code_of([] { Model::load("no-such-model"); }), ErrorCode::bad_argument);
  EXPECT_EQ(code_of([] { Model::load("/no/such/folder"); }), ErrorCode::bad_file);
  EXPECT_EQ(code_of([] { Model::load("random:huge"); }), ErrorCode::bad_argument);
}

}  // namespace
}  // namespace tessera
