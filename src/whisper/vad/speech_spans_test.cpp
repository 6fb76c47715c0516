#include "src/whisper/vad/speech_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace tessera::whisper {
namespace {

using nlohmann::json;
using testing::ElementsAre;

/// As tools/goldens/voice_activity.py writes them.
std::vector<float> probabilities(const std::string& digits) {
  std::vector<float> values;
  for (const char digit : digits)
    values.push_back(static_cast<float>(10 * (digit - '0') + 3) / 100);
  return values;
}

Options options_of(const json& named) {
  Options options;
  options.vad_threshold = named.value("threshold", 0.5);
  if (named.contains("neg_threshold")) options.vad_neg_threshold = named["neg_threshold"];
  options.vad_min_speech_duration_ms = named.value("min_speech_duration_ms", 0);
  if (named.contains("max_speech_duration_s")) {
    options.vad_max_speech_duration_s = named["max_speech_duration_s"];
  }
  if (named.contains("min_silence_duration_ms")) {
    options.vad_min_silence_duration_ms = named["min_silence_duration_ms"];
  }
  options.vad_speech_pad_ms = named.value("speech_pad_ms", 400);
  return options;
}

TEST(SpeechSpans, EqualFasterWhispers) {
  std::ifstream file(TESSERA_SOURCE_DIR "/tests/golden/voice_activity.json");
  const json golden = json::parse(file);
  std::size_t spans = 0;
  for (const json& row : golden.at("cases")) {
    std::vector<SampleSpan> expected;
    for (const json& span : row.at("spans")) expected.push_back({span[0], span[1]});
    EXPECT_EQ(find_speech(probabilities(row.at("digits")), row.at("samples"),
                          speech_rules(options_of(row.at("options")))),
              expected)
        << row.at("options") << " " << row.at("digits");
    spans += expected.size();
  }
  EXPECT_GT(spans, 100U);
}

TEST(SpeechSpans, UnsetOptionsMeanOtherThingsInBatches) {
  Options options;
  const SpeechRules alone = speech_rules(options);
  EXPECT_EQ(alone.min_silence_samples, 32000);
  EXPECT_FALSE(alone.max_speech_samples.has_value());
  EXPECT_DOUBLE_EQ(alone.neg_threshold, 0.35);
  options.batch_size = 4;
  const SpeechRules batched = speech_rules(options);
  EXPECT_EQ(batched.min_silence_samples, 2560);
  EXPECT_EQ(batched.max_speech_samples, 480000 - 512 - 2 * 6400);
  options.vad_max_speech_duration_s = std::numeric_limits<double>::infinity();
  options.vad_min_silence_duration_ms = 500;
  options.vad_threshold = 0.1;
  const SpeechRules told = speech_rules(options);
  EXPECT_FALSE(told.max_speech_samples.has_value());
  EXPECT_EQ(told.min_silence_samples, 8000);
  EXPECT_DOUBLE_EQ(told.neg_threshold, 0.01);
}

TEST(SpeechSpans, Intersect) {
  const std::vector<SampleSpan> spans = {{10, 20}, {30, 40}, {50, 60}};
  const std::vector<SampleSpan> clips = {{0, 12}, {18, 35}, {60, 90}};
  EXPECT_THAT(intersect(spans, clips),
              ElementsAre(SampleSpan{10, 12}, SampleSpan{18, 20}, SampleSpan{30, 35}));
}

}  // namespace
}  // namespace tessera::whisper
