// The parts of word times against openai/whisper: tools/goldens/word_timing.py.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "src/whisper/dtw.h"
#include "src/whisper/json_file.h"
#include "src/whisper/median_filter.h"
#include "src/whisper/segment_words.h"
#include "src/whisper/word_split.h"
#include "src/whisper/word_timing.h"
#include "tessera/options.h"

namespace tessera::whisper {
namespace {

using nlohmann::json;

/// The cases of one part; at least `least`, so that an empty file does not pass.
json cases(const char* part, std::size_t least) {
  json all = read_json_file(TESSERA_SOURCE_DIR "/tests/golden/word_timing.json").at(part);
  EXPECT_GE(all.size(), least) << part;
  return all;
}

/// null is NaN.
std::vector<float> floats(const json& row) {
  std::vector<float> values;
  for (const json& value : row) values.push_back(value.is_null() ? NAN : value.get<float>());
  return values;
}

TEST(WordTimingGolden, Dtw) {
  for (const json& expected : cases("dtw", 60)) {
    const json& costs = expected.at("costs");
    compute::Tensor matrix(compute::DType::f32, static_cast<int>(costs.size()),
                           static_cast<int>(costs[0].size()));
    for (std::size_t i = 0; i < costs.size(); ++i) {
      std::ranges::copy(floats(costs[i]), matrix.row<float>(static_cast<int>(i)).begin());
    }
    const WarpingPath path = dtw(matrix.view());
    EXPECT_EQ(json(path.rows), expected.at("rows")) << costs;
    EXPECT_EQ(json(path.columns), expected.at("columns")) << costs;
  }
}

TEST(WordTimingGolden, MedianFilter) {
  for (const json& expected : cases("median_filter", 35)) {
    std::vector<float> row = floats(expected.at("row"));
    median_filter(row, expected.at("width"));
    const std::vector<float> theirs = floats(expected.at("filtered"));
    ASSERT_EQ(row.size(), theirs.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      EXPECT_TRUE(row[i] == theirs[i] || (std::isnan(row[i]) && std::isnan(theirs[i])))
          << expected << " at " << i << ": " << row[i];
    }
  }
}

TEST(WordTimingGolden, Split) {
  const Tokenizer english = Tokenizer::official(51864);
  const Tokenizer multilingual = Tokenizer::official(51866);
  for (const json& expected : cases("split", 30)) {
    const Tokenizer& tokenizer = expected.at("n_vocab") == 51864 ? english : multilingual;
    json words = json::array();
    json counts = json::array();
    for (const WordTokens& word :
         split_to_words(tokenizer, expected.at("language").get<std::string>(),
                        expected.at("tokens").get<std::vector<int>>())) {
      words.push_back(word.text);
      counts.push_back(word.tokens.size());
    }
    EXPECT_EQ(words, expected.at("words")) << expected.at("language");
    EXPECT_EQ(counts, expected.at("counts")) << words;
  }
}

TEST(WordTimingGolden, MergePunctuation) {
  for (const json& expected : cases("merge", 40)) {
    std::vector<WordTiming> words;
    for (std::size_t i = 0; i < expected.at("words").size(); ++i) {
      words.push_back(
          {expected.at("words")[i], expected.at("counts")[i].get<std::size_t>(), 0, 1, 1});
    }
    merge_punctuation(words, expected.at("marks")[0].get<std::string>(),
                      expected.at("marks")[1].get<std::string>());
    json merged = json::array();
    json counts = json::array();
    for (const WordTiming& word : words) {
      merged.push_back(word.text);
      counts.push_back(word.tokens);
    }
    EXPECT_EQ(merged, expected.at("merged")) << expected;
    EXPECT_EQ(counts, expected.at("merged_counts")) << expected;
  }
}

TEST(WordTimingGolden, Segments) {
  const Options defaults;
  for (const json& expected : cases("segments", 60)) {
    constexpr int kEot = 1;
    std::vector<Segment> segments;
    for (const json& given : expected.at("segments")) {
      Segment& made = segments.emplace_back();
      made.seek_frames = given[0];
      made.start_s = given[1];
      made.end_s = given[2];
      made.tokens.assign(given[3].get<std::size_t>(), kEot - 1);
      made.tokens.push_back(kEot);
    }
    std::vector<WordTiming> words;
    for (const json& word : expected.at("words")) {
      words.push_back({word[0], word[4].get<std::size_t>(), word[1], word[2], word[3]});
    }
    fill_segment_words(segments, words,
                       {defaults.prepend_punctuations, defaults.append_punctuations}, kEot,
                       expected.at("last_speech"));
    json ours = json::array();
    for (const Segment& segment : segments) {
      json row = {segment.start_s, segment.end_s, json::array()};
      for (const Word& word : segment.words) {
        row[2].push_back({word.text, word.start_s, word.end_s, word.probability});
      }
      ours.push_back(row);
    }
    EXPECT_EQ(ours, expected.at("expected")) << expected;
  }
}

}  // namespace
}  // namespace tessera::whisper
