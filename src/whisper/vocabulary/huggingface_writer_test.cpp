#include "src/whisper/vocabulary/huggingface_writer.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "src/whisper/test_folder.h"
#include "src/whisper/tokenizer.h"
#include "src/whisper/vocabulary/huggingface.h"
#include "src/whisper/vocabulary/official.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;

std::vector<std::array<int, 3>> ids(const std::vector<Merge>& merges) {
  std::vector<std::array<int, 3>> result;
  for (const Merge& merge : merges) result.push_back({merge.left, merge.right, merge.result});
  return result;
}

TEST(HuggingFaceWriter, OfficialVocabulariesReadBackEqual) {
  for (const int n_vocab : {51864, 51866}) {
    const Tokenizer tokenizer = Tokenizer::official(n_vocab);
    const Vocabulary written = tokenizer.vocabulary();
    EXPECT_EQ(written.pieces.size() + written.specials.size(), static_cast<std::size_t>(n_vocab));
    EXPECT_EQ(written.specials.back(), "<|30.00|>");
    const TestFolder folder;
    folder.write("tokenizer.json", tokenizer_json(written));
    const auto read = huggingface_vocabulary(folder.path(), n_vocab);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->pieces, written.pieces);
    EXPECT_EQ(read->specials, written.specials);
    EXPECT_EQ(ids(read->merges), ids(official_vocabulary(n_vocab).merges));
    // Timestamps that are listed stay.
    const Tokenizer again(*read, n_vocab);
    EXPECT_EQ(again.vocabulary().specials, written.specials);
    EXPECT_EQ(again.timestamp_begin(), tokenizer.timestamp_begin());
    EXPECT_EQ(again.languages(), tokenizer.languages());
  }
}

TEST(HuggingFaceWriter, TellsSpecialTokensFromTimestampsAndText) {
  const Vocabulary vocabulary = Tokenizer::official(51865).vocabulary();
  const auto json = nlohmann::json::parse(tokenizer_json(vocabulary));
  const auto token = [&](int id) { return json["added_tokens"][id - 50257]; };
  EXPECT_EQ(token(50257)["content"], "<|endoftext|>");
  EXPECT_EQ(token(50257)["special"], true);
  EXPECT_EQ(token(50363)["content"], "<|notimestamps|>");
  EXPECT_EQ(token(50363)["special"], true);
  EXPECT_EQ(token(50364)["content"], "<|0.00|>");
  EXPECT_EQ(token(50364)["special"], false);
  EXPECT_EQ(json["model"]["vocab"]["\u0120the"], 264);
  const auto config = nlohmann::json::parse(tokenizer_config_json(vocabulary));
  EXPECT_EQ(config["additional_special_tokens"].size(), 50363u - 50257u + 1);
  EXPECT_EQ(config["additional_special_tokens"].back(), "<|notimestamps|>")
      << "timestamps begin after it";
}

TEST(HuggingFaceWriter, RefusesWhatTheFormCannotSay) {
  const Vocabulary sound = {"x", {"a", "b"}, {}, {"<|endoftext|>"}};
  EXPECT_NO_THROW(tokenizer_json(sound));
  const auto error = [&](auto spoil) {
    Vocabulary vocabulary = sound;
    spoil(vocabulary);
    return error_of([&] { tokenizer_json(vocabulary); });
  };
  EXPECT_THAT(
      error([](Vocabulary& v) { v.pieces.emplace_back("a"); }),
      HasSubstr("unsupported: x: cannot be written as tokenizer.json: token 2 has the same"));
  EXPECT_THAT(error([](Vocabulary& v) { v.pieces.emplace_back("<|en|>"); }),
              HasSubstr("the text token <|en|> is special"));
  EXPECT_THAT(error([](Vocabulary& v) { v.specials.emplace_back("b"); }), HasSubstr("two tokens"));
  EXPECT_THAT(error([](Vocabulary& v) { v.specials.emplace_back("<|\xff|>"); }),
              HasSubstr("is not UTF-8"));
}

}  // namespace
}  // namespace tessera::whisper
