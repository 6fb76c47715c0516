// Streams as a program uses them: the sample that ships in pieces, and sound in which nobody
// speaks.
#include "tessera/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "src/whisper/vad/test_silero.h"
#include "tessera/audio.h"
#include "tessera/pcm.h"
#include "tests/support/api.h"

namespace tessera {
namespace {

using test::code_of;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kSaid = " Hello from Tessera. Please bring me coffee and cake.";

const std::vector<float>& sample() {
  static const std::vector<float> samples = [] {
    AudioReader file(TESSERA_SOURCE_DIR "/models/pebble/sample.wav");
    std::vector<float> read(10 * 16000);
    read.resize(file.read(read));
    return read;
  }();
  return samples;
}

Transcriber& pebble() {
  static Transcriber transcriber(Model::load(TESSERA_SOURCE_DIR "/models/pebble"), {.threads = 1});
  return transcriber;
}

/// Everything that a stream told, in its order.
struct Told {
  std::vector<std::string> events;
  std::string final_text;
  std::string segment_text;
  std::vector<Word> words;
  std::vector<StreamText> segments;
  std::vector<double> endpoints;
  std::string language;

  StreamCallbacks callbacks() {
    StreamCallbacks callbacks;
    callbacks.on_language = [this](const std::string& code, double) { language = code; };
    callbacks.on_partial = [this](const StreamText& text) {
      events.push_back("partial" + text.text);
    };
    callbacks.on_final = [this](const StreamText& text) {
      events.push_back("final" + text.text);
      final_text += text.text;
      words.insert(words.end(), text.words.begin(), text.words.end());
    };
    callbacks.on_segment = [this](const StreamText& text) {
      events.push_back("segment" + text.text);
      segment_text += text.text;
      segments.push_back(text);
    };
    callbacks.on_endpoint = [this](double at_s) {
      events.push_back("endpoint");
      endpoints.push_back(at_s);
    };
    return callbacks;
  }
};

/// Few decodings, which are what takes time.
StreamOptions quick() {
  StreamOptions options;
  options.step_ms = 800;
  return options;
}

void push_in_pieces(Stream& stream, std::span<const float> samples, std::size_t piece) {
  while (!samples.empty()) {
    const std::size_t count = std::min(piece, samples.size());
    stream.push(samples.first(count));
    samples = samples.subspan(count);
  }
}

Told stream_sample(std::size_t piece, const StreamOptions& options = quick()) {
  Told told;
  Stream stream(pebble(), options, told.callbacks());
  push_in_pieces(stream, sample(), piece);
  stream.finish();
  return told;
}

/// What most tests ask about.
const Told& said() {
  static const Told told = stream_sample(1600);
  return told;
}

TEST(Stream, SaysWhatWasSaid) {
  const Told& told = said();
  EXPECT_EQ(told.final_text, kSaid);
  EXPECT_EQ(told.segment_text, kSaid);
  EXPECT_EQ(told.language, "en");
  ASSERT_EQ(told.segments.size(), 2u);
  EXPECT_EQ(told.segments[0].text, " Hello from Tessera.");
  // As espeak-ng spoke them, within what the model can hear.
  EXPECT_NEAR(told.segments[0].end_s, 1.42, 0.2);
  EXPECT_NEAR(told.segments[1].start_s, 2.3, 0.8);
  EXPECT_NEAR(told.segments[1].end_s, 4.36, 0.2);
  EXPECT_EQ(told.endpoints.size(), 2u) << "without voice activity, by what the model hears";
}

TEST(Stream, TimesRiseAndLieWithinTheSound) {
  const Told& told = said();
  double last_s = 0;
  for (const Word& word : told.words) {
    EXPECT_GE(word.start_s, last_s) << word.text;
    EXPECT_GE(word.end_s, word.start_s) << word.text;
    EXPECT_GT(word.probability, 0) << word.text;
    last_s = word.end_s;
  }
  EXPECT_LE(last_s, static_cast<double>(sample().size()) / 16000);
}

TEST(Stream, PiecesOfAnySizeGiveTheSameEvents) {
  EXPECT_THAT(said().events, testing::Contains(testing::StartsWith("partial ")));
  for (const std::size_t piece : {333u, 12800u}) {
    EXPECT_EQ(stream_sample(piece).events, said().events) << piece;
  }
}

TEST(Stream, LateCallerCatchesUp) {
  const Told told = stream_sample(sample().size());
  EXPECT_EQ(told.final_text, kSaid);
  EXPECT_LE(told.events.size(), 8u) << "one decoding in push(), one in finish()";
}

TEST(Stream, SharesItsTranscriber) {
  Told first, second;
  Stream one(pebble(), quick(), first.callbacks());
  Stream other(pebble(), quick(), second.callbacks());
  const std::size_t half = sample().size() / 2;
  one.push(std::span(sample()).first(half));
  other.push(sample());
  one.push(std::span(sample()).subspan(half));
  other.finish();
  one.finish();
  EXPECT_EQ(first.final_text, kSaid);
  EXPECT_EQ(second.final_text, kSaid);
}

TEST(Stream, SilenceIsNoText) {
  Told told;
  StreamOptions options;
  options.step_ms = 5000;
  Stream stream(pebble(), options, told.callbacks());
  push_in_pieces(stream, std::vector<float>(16 * 16000), 16000);
  stream.finish();
  EXPECT_THAT(told.events, IsEmpty());
  EXPECT_DOUBLE_EQ(stream.position_s(), 16);
}

TEST(Stream, NothingPushedIsNoText) {
  Told told;
  Stream stream(pebble(), {}, told.callbacks());
  stream.push({});
  stream.finish();
  EXPECT_THAT(told.events, IsEmpty());
}

TEST(Stream, EndlessSoundIsBounded) {
  // This model says something different of every window. A buffer of more than 30 s would be an
  // error of the log-mel.
  Transcriber transcriber(Model::load(test::kSmallModel), {.threads = 1});
  StreamOptions options;
  options.transcription = test::quick_options();
  options.transcription.condition_on_previous_text = true;
  options.step_ms = 5000;
  options.longest_buffer_s = 25;
  Told told;
  Stream stream(transcriber, options, told.callbacks());
  push_in_pieces(stream, test::tone(120), 16000);
  stream.push(test::tone(120));
  stream.finish();
  EXPECT_EQ(told.final_text, told.segment_text);
  EXPECT_DOUBLE_EQ(stream.position_s(), 240);
}

class StreamVoiceTest : public testing::Test {
 protected:
  StreamOptions options() const {
    StreamOptions options = quick();
    options.transcription.vad_filter = true;
    options.transcription.vad_model = weights_.string();
    return options;
  }

  whisper::TestFolder folder_;
  std::filesystem::path weights_ =
      folder_.write("v.safetensors", whisper::silero_bytes(whisper::loudness_silero()));
};

TEST_F(StreamVoiceTest, SilenceEndsAnUtterance) {
  Told told;
  Stream stream(pebble(), options(), told.callbacks());
  stream.push(std::vector<float>(8 * 16000));  // nothing is decoded
  push_in_pieces(stream, sample(), 1600);
  stream.push(std::vector<float>(16000));
  EXPECT_EQ(told.final_text, kSaid) << "all is final before the end";
  ASSERT_EQ(told.endpoints.size(), 2u);
  EXPECT_NEAR(told.endpoints[0], 8 + 1.42, 0.25);
  EXPECT_NEAR(told.endpoints[1], 8 + 4.4, 0.25);
  EXPECT_EQ(told.events.back(), "endpoint");
  const std::size_t before = told.events.size();
  stream.finish();
  EXPECT_EQ(told.events.size(), before);
}

TEST_F(StreamVoiceTest, LongerSilenceJoinsThem) {
  StreamOptions joined = options();
  joined.endpoint_silence_ms = 2000;
  const Told told = stream_sample(1600, joined);
  EXPECT_EQ(told.final_text, kSaid);
  EXPECT_EQ(told.endpoints.size(), 1u) << "that of finish()";
}

TEST_F(StreamVoiceTest, PiecesOfAnySizeGiveTheSameEvents) {
  EXPECT_EQ(stream_sample(333, options()).events, stream_sample(12800, options()).events);
}

TEST(Stream, WeightsThatAreNotThere) {
  StreamOptions options;
  options.transcription.vad_filter = true;
  options.transcription.vad_model = "/nowhere/vad.onnx";
  EXPECT_EQ(code_of([&] { Stream(pebble(), options); }), ErrorCode::bad_file);
}

TEST(Stream, RefusesOptionsForRecordings) {
  StreamOptions options;
  options.transcription.batch_size = 8;
  EXPECT_EQ(code_of([&] { Stream(pebble(), options); }), ErrorCode::bad_argument);
}

TEST(Stream, RefusesSamplesThatAreNoNumbers) {
  Stream stream(pebble());
  stream.push(std::vector<float>(100));
  const std::vector<float> bad = {0, NAN};
  EXPECT_EQ(code_of([&] { stream.push(bad); }), ErrorCode::bad_file);
}

TEST(Stream, IsOverWhenItIsFinished) {
  Stream stream(pebble());
  stream.finish();
  EXPECT_EQ(code_of([&] { stream.push(sample()); }), ErrorCode::bad_argument);
  EXPECT_EQ(code_of([&] { stream.finish(); }), ErrorCode::bad_argument);
}

TEST(Stream, StopsWhenAsked) {
  std::stop_source source;
  Told told;
  StreamCallbacks callbacks = told.callbacks();
  callbacks.stop = source.get_token();
  Stream stream(pebble(), quick(), callbacks);
  stream.push(std::span(sample()).first(8000));
  source.request_stop();
  EXPECT_EQ(code_of([&] { stream.push(sample()); }), ErrorCode::cancelled);
}

TEST(Stream, ExceptionOfACallbackPassesThrough) {
  StreamCallbacks callbacks;
  callbacks.on_partial = [](const StreamText&) { throw 7; };
  Stream stream(pebble(), quick(), callbacks);
  EXPECT_THROW(stream.push(sample()), int);
}

std::vector<std::byte> bytes_of(std::span<const std::int16_t> samples) {
  const auto bytes = std::as_bytes(samples);
  return {bytes.begin(), bytes.end()};
}

TEST(PcmConverter, TakesBytesInAnyPieces) {
  const std::vector<std::int16_t> samples = {0, 16384, -32768, 32767, 1};
  const std::vector<std::byte> bytes = bytes_of(samples);
  for (const std::size_t piece : {1u, 3u, 100u}) {
    PcmConverter converter({});
    std::vector<float> out;
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
      const std::size_t count = std::min(piece, bytes.size() - i);
      const std::vector<float> some = converter.convert(std::span(bytes).subspan(i, count));
      out.insert(out.end(), some.begin(), some.end());
    }
    EXPECT_THAT(converter.finish(), IsEmpty());
    EXPECT_THAT(out, ElementsAre(0.0f, 0.5f, -1.0f, 32767.0f / 32768, 1.0f / 32768)) << piece;
  }
}

TEST(PcmConverter, ResamplesAndMixes) {
  // A second of 48 kHz in two channels, of which one is silent.
  std::vector<float> samples(2 * 48000);
  for (std::size_t i = 0; i < samples.size(); i += 2) {
    samples[i] =
        static_cast<float>(0.5 * std::sin(2 * M_PI * 200 * static_cast<double>(i) / 96000));
  }
  PcmConverter converter({PcmFormat::Sample::f32, 48000, 2});
  std::vector<float> out = converter.convert(std::as_bytes(std::span<const float>(samples)));
  const std::vector<float> rest = converter.finish();
  out.insert(out.end(), rest.begin(), rest.end());
  EXPECT_NEAR(static_cast<double>(out.size()), 16000, 2);
  EXPECT_NEAR(*std::ranges::max_element(out), 0.25, 0.01);
}

TEST(PcmConverter, RefusesWhatIsNoSound) {
  EXPECT_EQ(code_of([] { PcmConverter({.rate_hz = 999}); }), ErrorCode::bad_argument);
  EXPECT_EQ(code_of([] { PcmConverter({.channels = 17}); }), ErrorCode::bad_argument);
  PcmConverter incomplete({});
  incomplete.convert(std::vector<std::byte>(3));
  EXPECT_EQ(code_of([&] { incomplete.finish(); }), ErrorCode::bad_file);
  PcmConverter floats({.sample = PcmFormat::Sample::f32});
  const std::vector<float> bad = {NAN};
  EXPECT_EQ(code_of([&] { floats.convert(std::as_bytes(std::span<const float>(bad))); }),
            ErrorCode::bad_file);
}

}  // namespace
}  // namespace tessera
