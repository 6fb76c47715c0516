// Words, times and probabilities of the shipped model against openai/whisper, for the same tokens.
#include <gtest/gtest.h>

#include <map>

#include "src/whisper/model_catalog.h"
#include "src/whisper/model_data.h"
#include "src/whisper/word_aligner.h"
#include "tests/support/golden.h"

namespace tessera {
namespace {

using nlohmann::json;

const std::filesystem::path kGolden = std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/golden";
const std::filesystem::path kModel =
    std::filesystem::path(TESSERA_SOURCE_DIR) / "models" / whisper::kShippedModel;

std::vector<Segment> segments_of(const json& expected) {
  std::vector<Segment> segments;
  for (const json& given : expected.at("segments")) {
    Segment& segment = segments.emplace_back();
    segment.seek_frames = expected.at("seek");
    segment.tokens = given[0].get<std::vector<int>>();
    segment.start_s = given[1];
    segment.end_s = given[2];
  }
  return segments;
}

void expect_words(const std::vector<Segment>& segments, const json& expected) {
  ASSERT_EQ(segments.size(), expected.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    EXPECT_EQ(segments[i].start_s, expected[i][0]);
    EXPECT_EQ(segments[i].end_s, expected[i][1]);
    const json& words = expected[i][2];
    ASSERT_EQ(segments[i].words.size(), words.size());
    for (std::size_t j = 0; j < words.size(); ++j) {
      const Word& word = segments[i].words[j];
      EXPECT_EQ(word.text, words[j][0]);
      EXPECT_EQ(word.start_s, words[j][1]) << word.text;
      EXPECT_EQ(word.end_s, words[j][2]) << word.text;
      EXPECT_NEAR(word.probability, words[j][3].get<double>(), 1e-4) << word.text;
    }
  }
}

TEST(WordTimes, AreOpenaiWhispers) {
  const json golden = testing_support::read_golden(kGolden / "word_timing.json");
  testing_support::expect_same_weights(golden, kModel);
  testing_support::Listener listener(kModel.string());
  ASSERT_GE(golden.at("whole").size(), 17u);
  std::map<std::string, std::shared_ptr<const compute::EncodedWindow>> windows;
  for (const json& expected : golden.at("whole")) {
    SCOPED_TRACE(expected.at("file").get<std::string>() + ", " +
                 expected.at("language").get<std::string>() + ", frames " +
                 expected.at("frames").dump() + ", heads " + expected.at("heads").dump());
    const std::string file = expected.at("file");
    if (!windows.contains(file)) {
      windows[file] = listener.encode(kGolden / "recordings" / file);
    }
    whisper::ModelConfig config = listener.model().config;
    config.alignment_heads.clear();
    for (const json& head : expected.at("heads")) {
      config.alignment_heads.push_back({head[0], head[1]});
    }
    Options options;
    options.task = expected.at("task") == "translate" ? Task::translate : Task::transcribe;
    const whisper::WordAligner aligner(listener.model().tokenizer, config, options,
                                       expected.at("language"));
    std::vector<Segment> segments = segments_of(expected);
    aligner.align(segments, listener.decoder(), windows.at(file), expected.at("frames"),
                  expected.at("last_speech"), {});
    expect_words(segments, expected.at("expected"));
  }
}

}  // namespace
}  // namespace tessera
