#include "src/whisper/word_split.h"

#include <gmock/gmock.h>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

const Tokenizer& tokenizer() {
  static const Tokenizer kTokenizer = Tokenizer::official(51865);
  return kTokenizer;
}

std::vector<std::string> words_of(std::string_view language, std::vector<int> tokens) {
  std::vector<std::string> texts;
  std::vector<int> joined;
  for (const WordTokens& word : split_to_words(tokenizer(), language, tokens)) {
    texts.push_back(word.text);
    joined.insert(joined.end(), word.tokens.begin(), word.tokens.end());
  }
  tokens.resize(joined.size());
  EXPECT_EQ(joined, tokens) << "words take the tokens in their order";
  return texts;
}

std::vector<std::string> words_of(std::string_view language, std::string_view text) {
  return words_of(language, tokenizer().encode(text));
}

// A mark begins a word; what follows it without a blank goes on with that word.
TEST(WordSplit, WordsBeginWithBlanksAndPunctuation) {
  EXPECT_THAT(words_of("en", " Misunderstandings, (it's) 3.14"),
              ElementsAre(" Misunderstandings", ",", " (it's", ")", " 3", ".14"));
  EXPECT_THAT(words_of("en", "first"), ElementsAre("first"));
  EXPECT_THAT(words_of("de", " „Grüß“ 😀"), ElementsAre(" „Grüß“", " 😀"));
}

TEST(WordSplit, LanguagesWithoutBlanksAreCutAtEveryCharacterThatATokenEnds) {
  for (const char* language : {"zh", "ja", "th", "lo", "my", "yue"}) {
    EXPECT_THAT(words_of(language, "𠮷龘a bc"), ElementsAre("𠮷", "龘", "a", " b", "c"))
        << language;
  }
  EXPECT_THAT(words_of("ko", "𠮷龘a bc"), ElementsAre("𠮷龘a", " bc"));
}

TEST(WordSplit, SpecialTokensAreWords) {
  EXPECT_THAT(words_of("en", {tokenizer().encode(" a").front(), tokenizer().eot()}),
              ElementsAre(" a", "<|endoftext|>"));
  EXPECT_THAT(words_of("en", std::vector<int>{}), ElementsAre());
}

TEST(WordSplit, BytesThatAreNoCharacterArePieces) {
  const std::vector<int> euro = tokenizer().encode("𠮷");  // several tokens
  ASSERT_GE(euro.size(), 2u);
  // A beginning without its end is a replacement character in the whole text as well.
  EXPECT_THAT(words_of("ja", {euro[0], tokenizer().eot()}), ElementsAre("\uFFFD", "<|endoftext|>"));
}

TEST(WordSplit, BytesThatNeverMakeACharacterTakeTheRestWithThem) {
  // E2 82 is one broken character of the whole text, but two when its bytes are read one by one:
  // the second finds no place, and nothing behind it does.
  std::vector<int> bytes;
  for (int id = 0; id < 256; ++id) {
    if (tokenizer().decode_bytes(id) == "\xE2") bytes.insert(bytes.begin(), id);
    if (tokenizer().decode_bytes(id) == "\x82") bytes.push_back(id);
  }
  ASSERT_EQ(bytes.size(), 2u);
  bytes.push_back(tokenizer().encode("a").front());
  bytes.push_back(tokenizer().eot());
  EXPECT_THAT(words_of("ja", bytes), ElementsAre("\uFFFD"));
}

TEST(WordSplit, RefusesIdsOutsideTheVocabulary) {
  EXPECT_THROW(words_of("en", std::vector<int>{51865}), Error);
  EXPECT_THROW(words_of("en", std::vector<int>{-1}), Error);
}

}  // namespace
}  // namespace tessera::whisper
