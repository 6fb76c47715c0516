#include "src/whisper/vocabulary/ranked.h"

#include <gmock/gmock.h>

#include "src/whisper/test_folder.h"
#include "src/whisper/test_model.h"
#include "src/whisper/unicode.h"
#include "src/whisper/vocabulary/official.h"

namespace tessera::whisper {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TokenList official_list(int n_vocab) { return {"file", official_vocabulary(n_vocab).pieces, {}}; }

TokenList list_with(std::initializer_list<const char*> more) {
  TokenList list{"file", small_pieces(), {}};
  for (const char* piece : more) list.pieces.emplace_back(piece);
  return list;
}

std::string ranks_error(const TokenList& list, int n_vocab = 5000) {
  return error_of([&] { ranked_vocabulary(list, n_vocab); });
}

TEST(RankedVocabulary, RecognisesTheOfficialOnes) {
  for (const int n_vocab : {51864, 51865, 51866, 51900}) {
    TokenList list = official_list(n_vocab);
    EXPECT_FALSE(ranked_vocabulary(list, n_vocab)) << n_vocab;
    list.specials = official_vocabulary(n_vocab).specials;
    EXPECT_FALSE(ranked_vocabulary(list, n_vocab)) << n_vocab;
    for (std::string& name : list.specials) {
      if (name == "<|nospeech|>") name = "<|nocaptions|>";
    }
    EXPECT_FALSE(ranked_vocabulary(list, n_vocab)) << "its older name";
    // As text: what is no character of its own was replaced.
    for (std::string& piece : list.pieces) piece = valid_utf8(piece);
    EXPECT_FALSE(ranked_vocabulary(list, n_vocab)) << n_vocab;
  }
}

TEST(RankedVocabulary, TellsTheOfficialMergesFromTheOrder) {
  const Vocabulary official = official_vocabulary(51864);
  TokenList list = official_list(51864);
  list.pieces.resize(256 + 20000);
  const auto vocabulary = ranked_vocabulary(list, 51864);
  ASSERT_TRUE(vocabulary);
  ASSERT_EQ(vocabulary->merges.size(), 20000u);
  for (std::size_t i = 0; i < vocabulary->merges.size(); ++i) {
    const Merge& merge = vocabulary->merges[i];
    const Merge& wanted = official.merges[i];
    ASSERT_EQ(merge.left, wanted.left) << i;
    ASSERT_EQ(merge.right, wanted.right) << i;
    ASSERT_EQ(merge.result, wanted.result) << i;
  }
}

TEST(RankedVocabulary, MergesTheLowestFirst) {
  // "he" and "ll" come before "hell", which is therefore not h + ell.
  const auto vocabulary = ranked_vocabulary(list_with({"ell"}), 5000);
  ASSERT_TRUE(vocabulary);
  ASSERT_EQ(vocabulary->merges.size(), 4u);
  EXPECT_EQ(vocabulary->pieces[258], "hell");
  EXPECT_EQ(vocabulary->merges[2].left, 256);
  EXPECT_EQ(vocabulary->merges[2].right, 257);
  EXPECT_EQ(vocabulary->merges[3].right, 257) << "e + ll";
}

TEST(RankedVocabulary, AddsTheSpecialTokensThatFit) {
  const int pieces = static_cast<int>(small_pieces().size());
  const auto languages = [&](int n_vocab) {
    return ranked_vocabulary(list_with({}), n_vocab)->specials.size() - 8;
  };
  EXPECT_EQ(languages(pieces + 1608), 99u);
  EXPECT_EQ(languages(pieces + 1609), 100u);
  EXPECT_EQ(languages(pieces + 3000), 100u);
  EXPECT_THAT(ranks_error(list_with({}), pieces + 1607),
              HasSubstr("file: expected room for 1608 special"));
}

TEST(RankedVocabulary, KeepsSpecialTokensThatAreListed) {
  TokenList list = list_with({});
  list.specials = {"<|endoftext|>", "<|en|>"};
  EXPECT_EQ(ranked_vocabulary(list, 5000)->specials, list.specials);
  list = official_list(51865);
  list.specials = official_vocabulary(51865).specials;
  list.specials[2] = "<|tlh|>";
  EXPECT_EQ(ranked_vocabulary(list, 51865)->specials, list.specials) << "a language of its own";
}

TEST(RankedVocabulary, RefusesWhatItCannotBe) {
  EXPECT_THAT(ranks_error(list_with({"he"})),
              AllOf(StartsWith("bad_file: file: token 259, 'he', "), HasSubstr("a second time")));
  EXPECT_THAT(ranks_error(list_with({"xyz"})),
              AllOf(StartsWith("unsupported: file: token 259, 'xyz', "),
                    HasSubstr("not made of two tokens")));
  EXPECT_THAT(ranks_error(list_with({"hello"})), "") << "hell + o";
  EXPECT_THAT(ranks_error(list_with({"hexy"})), HasSubstr("not made of two")) << "three parts";
  EXPECT_THAT(ranks_error(list_with({std::string(257, 'a').c_str()})),
              AllOf(StartsWith("unsupported: "), HasSubstr("at most 256 bytes")));
  EXPECT_THAT(ranks_error(list_with({}), 258),
              HasSubstr("at most the model's 258 tokens, found 259"));
  EXPECT_THAT(ranks_error(list_with({}), 0), HasSubstr("at most the model's 0 tokens"));
  TokenList late{"file", {"ab"}, {}};
  for (const std::string& piece : small_pieces()) late.pieces.push_back(piece);
  EXPECT_THAT(ranks_error(late), HasSubstr("token 0, 'ab', is not made of two tokens before it"));
}

}  // namespace
}  // namespace tessera::whisper
