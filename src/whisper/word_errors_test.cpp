#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "src/whisper/edit_distance.h"
#include "src/whisper/json_file.h"
#include "tessera/wer.h"

namespace tessera {
namespace {

constexpr Normalization kNone{Normalizer::none};

std::string letters(const std::vector<AlignedWord>& alignment) {
  std::string text;
  for (const AlignedWord& word : alignment) text += "=SDI"[static_cast<int>(word.kind)];
  return text;
}

// tools/goldens/wer.py: alignments of jiwer, most of them chosen among many equally good ones.
TEST(WordErrors, AgreesWithJiwer) {
  const auto golden = whisper::read_json_file(TESSERA_SOURCE_DIR "/tests/golden/word_errors.json");
  ASSERT_GT(golden.at("cases").size(), 200u);
  for (const auto& test : golden.at("cases")) {
    const auto reference = test.at(0).get<std::string>();
    const auto hypothesis = test.at(1).get<std::string>();
    const ScoredTranscript scored = score_transcript({"id", reference}, hypothesis, kNone);
    EXPECT_EQ(letters(scored.alignment), test.at(2).get<std::string>())
        << reference << " | " << hypothesis;
    EXPECT_EQ(scored.character_errors, test.at(3).get<std::uint64_t>());
  }
}

/// The textbook's way.
std::size_t plain_distance(const std::vector<std::uint32_t>& from,
                           const std::vector<std::uint32_t>& to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t paired = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({paired, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

TEST(EditDistance, IsTheLeast) {
  std::mt19937 random(3);
  for (const std::size_t length : {0, 1, 2, 63, 64, 65, 127, 128, 129, 300}) {
    for (const std::uint32_t symbols : {1u, 2u, 5u, 1000u}) {
      const auto draw = [&](std::size_t size) {
        std::vector<std::uint32_t> sequence(size);
        for (std::uint32_t& symbol : sequence) symbol = random() % symbols;
        return sequence;
      };
      const auto from = draw(length), to = draw(random() % (length + 70));
      const std::size_t expected = plain_distance(from, to);
      EXPECT_EQ(whisper::edit_distance(from, to), expected);
      EXPECT_EQ(whisper::edit_distance(to, from), expected);
      const auto edits = whisper::shortest_edits(from, to);
      const auto kept = std::count(edits.begin(), edits.end(), whisper::Edit::keep);
      EXPECT_EQ(edits.size() - static_cast<std::size_t>(kept), expected);
    }
  }
}

TEST(EditDistance, RefusesWhatDoesNotFit) {
  const std::vector<std::uint32_t> from(100000, 1), to(100000, 2);
  EXPECT_THROW(whisper::shortest_edits(from, to), Error);
}

TEST(WordErrors, CountsAndRates) {
  const ScoredTranscript scored =
      score_transcript({"id", "The CAT's on twenty mats."}, "the cat is on 21 mat today");
  EXPECT_EQ(letters(scored.alignment), "====ISS");
  EXPECT_EQ(scored.errors.words(), 6u);
  EXPECT_EQ(scored.errors.errors(), 3u);
  EXPECT_DOUBLE_EQ(word_error_rate(scored.errors), 0.5);
  EXPECT_EQ(scored.characters, std::string("the cat is on 20 mats").size());
  EXPECT_EQ(scored.character_errors, 7u);  // 0 to 1, s to " today"
  EXPECT_EQ(scored.alignment[5].reference, "20");
  EXPECT_EQ(scored.alignment[5].hypothesis, "mat") << "one of two equally good ways";
  EXPECT_EQ(scored.alignment[4].reference, "");
}

TEST(WordErrors, SilenceIsNoDivision) {
  EXPECT_EQ(word_error_rate(score_transcript({"id", ""}, "").errors), 0);
  const ScoredTranscript made_up = score_transcript({"id", "[noise]"}, "thank you");
  EXPECT_EQ(made_up.errors.insertions, 2u);
  EXPECT_TRUE(std::isinf(word_error_rate(made_up.errors)));
}

TEST(WerReport, SumsOverTranscripts) {
  const WerReport report =
      score_transcripts("x", {{"a", "one two three"}, {"b", "four"}, {"c", ""}},
                        {{"c", "uh"}, {"b", "five six"}, {"a", "123"}});
  EXPECT_EQ(report.transcripts.size(), 3u);
  EXPECT_EQ(report.transcripts[0].id, "a") << "in the order of the references";
  EXPECT_EQ(total_errors(report).words(), 2u);
  EXPECT_EQ(total_errors(report).errors(), 1u);
  EXPECT_EQ(count_changed(report), 1u);
  EXPECT_DOUBLE_EQ(character_error_rate(report), 2.0 / 4.0);  // "4" to "56"
}

std::string message_of(const std::vector<Transcript>& references,
                       const std::vector<Transcript>& hypotheses) {
  try {
    score_transcripts("x", references, hypotheses);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    return error.what();
  }
  return "no error";
}

TEST(WerReport, RefusesWhatCannotBeCompared) {
  EXPECT_EQ(message_of({{"a", "a"}, {"b", "b"}}, {{"a", "a"}}), "x: no transcript for 'b'");
  EXPECT_EQ(message_of({{"a", "a"}}, {{"a", "a"}, {"b", ""}, {"c", ""}, {"d", ""}}),
            "x: no reference for 'b' and 2 others");
  EXPECT_EQ(message_of({{"a", "a"}, {"a", "b"}}, {}), "references: 'a' is there twice");
  EXPECT_EQ(message_of({{"a", "a"}}, {{"a", "a"}, {"a", "b"}}), "x: 'a' is there twice");
  EXPECT_EQ(message_of({{"a", "(x)"}}, {{"a", "a"}}), "x: the references have no words");
  EXPECT_EQ(message_of({}, {}), "x: no transcript has a reference");
}

TEST(WerReport, ComparesWhatBothHave) {
  const WerReport report =
      score_transcripts("x", {{"a", "a"}, {"b", "b"}}, {{"b", "b"}, {"c", ""}}, {}, true);
  ASSERT_EQ(report.transcripts.size(), 1u);
  EXPECT_EQ(report.transcripts[0].id, "b");
  EXPECT_THROW(score_transcripts("x", {{"a", "a"}}, {{"b", "b"}}, {}, true), Error);
}

}  // namespace
}  // namespace tessera
