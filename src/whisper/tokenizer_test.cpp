#include "src/whisper/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "src/whisper/json_file.h"
#include "src/whisper/languages.h"
#include "src/whisper/unicode.h"
#include "src/whisper/vocabulary/official.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Built once: the tests only read them.
const Tokenizer& english() {
  static const Tokenizer tokenizer = Tokenizer::official(51864);
  return tokenizer;
}
const Tokenizer& multilingual() {
  static const Tokenizer tokenizer = Tokenizer::official(51865);
  return tokenizer;
}
const Tokenizer& large_v3() {
  static const Tokenizer tokenizer = Tokenizer::official(51866);
  return tokenizer;
}

// tools/goldens/tokenizer.py: what openai-whisper makes of some hundred texts.
TEST(Tokenizer, AgreesWithOpenaiWhisper) {
  const auto golden = read_json_file(TESSERA_SOURCE_DIR "/tests/golden/tokenizer.json");
  ASSERT_GT(golden.at("cases").size(), 300u);
  for (const auto& test : golden.at("cases")) {
    const auto text = test.at(0).get<std::string>();
    const auto english_ids = test.at(1).get<std::vector<int>>();
    const auto multilingual_ids = test.at(2).get<std::vector<int>>();
    EXPECT_EQ(english().encode(text), english_ids) << text;
    EXPECT_EQ(multilingual().encode(text), multilingual_ids) << text;
    EXPECT_EQ(large_v3().encode(text), multilingual_ids) << text;
    EXPECT_EQ(english().decode(english_ids), text);
    EXPECT_EQ(multilingual().decode(multilingual_ids), text);
  }
}

TEST(Tokenizer, AnyBytesComeBack) {
  std::mt19937 random(17);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (int i = 0; i < 50; ++i) bytes += static_cast<char>(random());
    std::string joined;
    for (const int id : multilingual().encode(bytes)) joined += multilingual().decode_bytes(id);
    ASSERT_EQ(joined, bytes);
    ASSERT_EQ(multilingual().decode(multilingual().encode(bytes)), valid_utf8(bytes));
  }
}

TEST(Tokenizer, SpecialIdsOfEnglishModels) {
  const Tokenizer& t = english();
  EXPECT_FALSE(t.is_multilingual());
  EXPECT_EQ(t.n_vocab(), 51864);
  EXPECT_EQ(t.eot(), 50256);
  EXPECT_EQ(t.sot(), 50257);
  EXPECT_EQ(t.language_id("en"), 50258);
  EXPECT_EQ(t.language_id("su"), 50356);
  EXPECT_EQ(t.translate(), 50357);
  EXPECT_EQ(t.transcribe(), 50358);
  EXPECT_EQ(t.startoflm(), 50359);
  EXPECT_EQ(t.startofprev(), 50360);
  EXPECT_EQ(t.nospeech(), 50361);
  EXPECT_EQ(t.notimestamps(), 50362);
  EXPECT_EQ(t.timestamp_begin(), 50363);
  EXPECT_EQ(t.timestamp_count(), 1501);
}

TEST(Tokenizer, SpecialIdsOfMultilingualModels) {
  const Tokenizer& t = multilingual();
  EXPECT_TRUE(t.is_multilingual());
  EXPECT_EQ(t.eot(), 50257);
  EXPECT_EQ(t.sot(), 50258);
  EXPECT_EQ(t.language_id("en"), 50259);
  EXPECT_EQ(t.language_id("su"), 50357);
  EXPECT_EQ(t.language_id("yue"), std::nullopt);
  EXPECT_EQ(t.languages().size(), 99u);
  EXPECT_EQ(t.translate(), 50358);
  EXPECT_EQ(t.transcribe(), 50359);
  EXPECT_EQ(t.startoflm(), 50360);
  EXPECT_EQ(t.startofprev(), 50361);
  EXPECT_EQ(t.nospeech(), 50362);
  EXPECT_EQ(t.notimestamps(), 50363);
  EXPECT_EQ(t.timestamp_begin(), 50364);
  EXPECT_EQ(t.timestamp_begin() + t.timestamp_count(), 51865);
}

TEST(Tokenizer, SpecialIdsOfLargeV3) {
  const Tokenizer& t = large_v3();
  EXPECT_EQ(t.eot(), 50257);
  EXPECT_EQ(t.language_id("yue"), 50358);
  EXPECT_EQ(t.languages().size(), 100u);
  EXPECT_EQ(t.translate(), 50359);
  EXPECT_EQ(t.notimestamps(), 50364);
  EXPECT_EQ(t.timestamp_begin(), 50365);
  EXPECT_EQ(t.timestamp_begin() + t.timestamp_count() - 1, 51865);
}

TEST(Tokenizer, PaddedEmbeddingsHaveTheTokensOfLargeV3) {
  const Tokenizer t = Tokenizer::official(51968);
  EXPECT_EQ(t.timestamp_begin(), 50365);
  EXPECT_EQ(t.timestamp_count(), 1501);
  EXPECT_FALSE(t.is_timestamp(51866));
  EXPECT_EQ(t.decode_with_timestamps(std::vector{51865, 51866, 51967}), "<|30.00|>");
}

TEST(Tokenizer, LanguagesFollowSotInTheirOrder) {
  for (std::size_t i = 0; i < kLanguages.size(); ++i) {
    EXPECT_EQ(large_v3().languages()[i].first, kLanguages[i].code);
    EXPECT_EQ(large_v3().languages()[i].second, large_v3().sot() + 1 + static_cast<int>(i));
  }
}

TEST(Tokenizer, TimestampsAreOnlyTimestamps) {
  const Tokenizer& t = multilingual();
  EXPECT_FALSE(t.is_timestamp(50363));
  EXPECT_TRUE(t.is_timestamp(50364));
  EXPECT_TRUE(t.is_timestamp(51864));
  EXPECT_FALSE(t.is_timestamp(51865));
  EXPECT_FALSE(t.is_timestamp(-1));
}

// The lists published with the models, without the six control tokens.
TEST(Tokenizer, NonSpeechTokensAreThePublishedOnes) {
  const std::vector<int> multilingual_ids = {
      1,     2,     7,     8,     9,     10,    14,    25,    26,    27,    28,    29,
      31,    58,    59,    60,    61,    62,    63,    90,    91,    92,    93,    359,
      503,   522,   542,   873,   893,   902,   918,   922,   931,   1350,  1853,  1982,
      2460,  2627,  3246,  3253,  3268,  3536,  3846,  3961,  4183,  4667,  6585,  6647,
      7273,  9061,  9383,  10428, 10929, 11938, 12033, 12331, 12562, 13793, 14157, 14635,
      15265, 15618, 16553, 16604, 18362, 18956, 20075, 21675, 22520, 26130, 26161, 26435,
      28279, 29464, 31650, 32302, 32470, 36865, 42863, 47425, 49870, 50254};
  const std::vector<int> english_ids = {
      1,     2,     7,     8,     9,     10,    14,    25,    26,    27,    28,    29,
      31,    58,    59,    60,    61,    62,    63,    90,    91,    92,    93,    357,
      366,   438,   532,   685,   705,   796,   930,   1058,  1220,  1267,  1279,  1303,
      1343,  1377,  1391,  1635,  1782,  1875,  2162,  2361,  2488,  3467,  4008,  4211,
      4600,  4808,  5299,  5855,  6329,  7203,  9609,  9959,  10563, 10786, 11420, 11709,
      11907, 13163, 13697, 13700, 14808, 15306, 16410, 16791, 17992, 19203, 19510, 20724,
      22305, 22935, 27007, 30109, 30420, 33409, 34949, 40283, 40493, 40549, 47282, 49146};
  EXPECT_EQ(multilingual().non_speech_tokens(), multilingual_ids);
  EXPECT_EQ(large_v3().non_speech_tokens(), multilingual_ids);
  EXPECT_EQ(english().non_speech_tokens(), english_ids);
}

TEST(Tokenizer, NamesOfSpecialTokensAreText) {
  const std::string text = "<|endoftext|><|en|><|0.00|>";
  const std::vector<int> ids = multilingual().encode(text);
  for (const int id : ids) EXPECT_LT(id, multilingual().eot());
  EXPECT_EQ(multilingual().decode(ids), text);
}

TEST(Tokenizer, DecodeSkipsSpecialTokens) {
  const Tokenizer& t = multilingual();
  std::vector<int> ids = {t.sot(), 50259, t.transcribe(), 50364, 50256};
  const std::vector<int> words = t.encode(" Hello");
  ids.insert(ids.end(), words.begin(), words.end());
  ids.insert(ids.end(), {50364 + 62, 51864, t.eot()});
  EXPECT_EQ(t.decode(ids), " Hello");
  EXPECT_EQ(t.decode_with_controls(ids),
            "<|startoftranscript|><|en|><|transcribe|> Hello<|endoftext|>");
  EXPECT_EQ(
      t.decode_with_timestamps(ids),
      "<|startoftranscript|><|en|><|transcribe|><|0.00|> Hello<|1.24|><|30.00|><|endoftext|>");
}

TEST(Tokenizer, TimestampsAreWrittenWithTwoDigits) {
  const Tokenizer& t = english();
  const int begin = t.timestamp_begin();
  EXPECT_EQ(t.decode_with_timestamps(std::vector{begin + 1, begin + 5, begin + 50, begin + 1499}),
            "<|0.02|><|0.10|><|1.00|><|29.98|>");
}

TEST(Tokenizer, PartsOfCharactersAreReplaced) {
  const Tokenizer& t = multilingual();
  std::vector<int> ids = t.encode("🦔");
  ASSERT_GT(ids.size(), 1u) << "the test needs a character of several tokens";
  ids.pop_back();
  EXPECT_EQ(t.decode(ids), "\uFFFD");
  Utf8Assembler assembler;
  for (const int id : ids) EXPECT_EQ(assembler.push(t.decode_bytes(id)), "");
  EXPECT_EQ(assembler.push(t.decode_bytes(t.encode("🦔").back())), "🦔");
}

TEST(Tokenizer, IdsOutOfRangeAreRefused) {
  for (const int id : {-1, 51865, 1 << 30}) {
    EXPECT_THROW(multilingual().decode(std::vector{id}), Error) << id;
    EXPECT_THROW(multilingual().decode_with_timestamps(std::vector{id}), Error) << id;
    EXPECT_THROW(multilingual().decode_bytes(id), Error) << id;
  }
}

TEST(Tokenizer, SotSequence) {
  EXPECT_THAT(multilingual().sot_sequence("en", Task::transcribe),
              ElementsAre(50258, 50259, 50359));
  EXPECT_THAT(multilingual().sot_sequence("de", Task::translate), ElementsAre(50258, 50261, 50358));
  EXPECT_THAT(large_v3().sot_sequence("yue", Task::transcribe), ElementsAre(50258, 50358, 50360));
  EXPECT_THAT(english().sot_sequence("en", Task::transcribe), ElementsAre(50257));
  EXPECT_THAT(english().sot_sequence("", Task::transcribe), ElementsAre(50257));
  EXPECT_THROW(multilingual().sot_sequence("yue", Task::transcribe), Error);
  EXPECT_THROW(multilingual().sot_sequence("", Task::transcribe), Error);
  EXPECT_THROW(english().sot_sequence("de", Task::transcribe), Error);
  EXPECT_THROW(english().sot_sequence("en", Task::translate), Error);
}

TEST(Tokenizer, AloneABlankIsToken220) {
  EXPECT_THAT(english().encode(" "), ElementsAre(220));
  EXPECT_THAT(multilingual().encode(" "), ElementsAre(220));
}

TEST(Tokenizer, OtherSizesHaveNoOfficialVocabulary) {
  for (const int n_vocab : {-1, 0, 1000, 50257, 51863}) {
    try {
      Tokenizer::official(n_vocab);
      FAIL() << n_vocab;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported);
      EXPECT_THAT(error.what(), HasSubstr(std::to_string(n_vocab)));
    }
  }
}

/// What the constructor says about a vocabulary.
std::string tokenizer_error(const Vocabulary& vocabulary, int n_vocab) {
  try {
    Tokenizer(vocabulary, n_vocab);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    return error.what();
  }
  return "";
}

TEST(Tokenizer, EverySpecialTokenIsNeeded) {
  for (const char* name : {"endoftext", "startoftranscript", "translate", "transcribe", "startoflm",
                           "startofprev", "nospeech", "notimestamps"}) {
    Vocabulary vocabulary = official_vocabulary(51865);
    const std::string token = "<|" + std::string(name) + "|>";
    std::erase(vocabulary.specials, token);
    EXPECT_THAT(tokenizer_error(vocabulary, 51865), HasSubstr(token));
  }
}

TEST(Tokenizer, NocaptionsIsNospeech) {
  Vocabulary vocabulary = official_vocabulary(51865);
  std::ranges::replace(vocabulary.specials, "<|nospeech|>", "<|nocaptions|>");
  EXPECT_EQ(Tokenizer(vocabulary, 51865).nospeech(), 50362);
}

TEST(Tokenizer, SpecialTokensMustFitTheModel) {
  EXPECT_THAT(tokenizer_error(official_vocabulary(51865), 51864), HasSubstr("51864"));
  Vocabulary vocabulary = official_vocabulary(51865);
  std::erase_if(vocabulary.specials, [](const std::string& name) {
    return is_special_name(name) && language_name(name.substr(2, name.size() - 4));
  });
  EXPECT_THAT(tokenizer_error(vocabulary, 51865), HasSubstr("language"));
  vocabulary = official_vocabulary(51865);
  std::swap(vocabulary.specials[0], vocabulary.specials[1]);
  EXPECT_THAT(tokenizer_error(vocabulary, 51865), HasSubstr("<|endoftext|> to be the first"));
  vocabulary = official_vocabulary(51865);
  vocabulary.specials.push_back("<|surprise|>");
  EXPECT_THAT(tokenizer_error(vocabulary, 51866), HasSubstr("<|0.00|>"));
}

TEST(Tokenizer, ListedTimestampsAreCounted) {
  Vocabulary vocabulary = official_vocabulary(51865);
  for (const char* name : {"<|0.00|>", "<|0.02|>", "<|0.04|>", "word"}) {
    vocabulary.specials.emplace_back(name);
  }
  const Tokenizer t(vocabulary, 51865);
  EXPECT_EQ(t.timestamp_begin(), 50364);
  EXPECT_EQ(t.timestamp_count(), 3);
  EXPECT_EQ(t.decode(std::vector{50366, 50367}), "word") << "a word added behind is text";
  EXPECT_EQ(t.decode_with_timestamps(std::vector{50366, 50367}), "<|0.04|>word");
}

}  // namespace
}  // namespace tessera::whisper
