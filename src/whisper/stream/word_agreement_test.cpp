#include "src/whisper/stream/word_agreement.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Words of half a second each from `begin_s`; those after "/" begin a segment.
std::vector<HeardWord> heard(const std::string& text, double begin_s = 0) {
  std::vector<HeardWord> words;
  std::istringstream in(text);
  bool begins = true;
  for (std::string word; in >> word;) {
    if (word == "/") {
      begins = true;
      continue;
    }
    words.push_back({{" " + word, begin_s, begin_s + 0.5, 1}, word_key(word), begins});
    begins = false;
    begin_s += 0.5;
  }
  return words;
}

std::vector<std::string> texts(std::span<const HeardWord> words) {
  std::vector<std::string> texts;
  for (const HeardWord& word : words) texts.push_back(word.word.text.substr(1));
  return texts;
}

constexpr double kAllSettled_s = 1000;

std::size_t agreed(const std::string& older, const std::string& newer,
                   double settled_s = kAllSettled_s) {
  return agreed_words(heard(older), heard(newer), settled_s);
}

TEST(AgreedWords, ArePrefixOfBoth) {
  EXPECT_EQ(agreed("one two three", "one two three four"), 3u);
  EXPECT_EQ(agreed("one two three", "one too three"), 1u);
  EXPECT_EQ(agreed("one two", "two one"), 0u);
  EXPECT_EQ(agreed("", "one"), 0u);
  EXPECT_EQ(agreed("one", ""), 0u);
  EXPECT_EQ(agreed("", ""), 0u);
}

TEST(AgreedWords, CaseAndPunctuationDoNotCount) {
  EXPECT_EQ(agreed("Hello, world. Again", "hello World again now"), 3u);
  EXPECT_EQ(agreed("Grüße! ÄRGER", "grüße ärger mehr"), 2u);
}

TEST(AgreedWords, LastWordIsTheSameAndSettled) {
  EXPECT_EQ(agreed("one two.", "one two."), 2u);
  EXPECT_EQ(agreed("one two", "one two."), 1u) << "the full stop is not agreed upon";
  EXPECT_EQ(agreed("one two.", "one two", 0.9), 1u);
  EXPECT_EQ(agreed("one two.", "one two.", 0.9), 1u) << "it ends at 1.0 s";
  EXPECT_EQ(agreed("one two.", "one two.", 1.0), 2u);
  EXPECT_EQ(agreed("one two. three", "one two.", 0.9), 1u);
  EXPECT_EQ(agreed("one two.", "one two three", 0.0), 2u) << "it is the last word no more";
}

TEST(CommittedPrefix, OfTheSameWords) {
  EXPECT_EQ(committed_prefix(heard("one two"), heard("one two three"), 1.0), 2u);
  EXPECT_EQ(committed_prefix({}, heard("one two"), 0), 0u);
  EXPECT_EQ(committed_prefix(heard("one two"), {}, 1.0), 0u);
  EXPECT_EQ(committed_prefix(heard("one two"), heard("One, two."), 1.0), 2u);
}

TEST(CommittedPrefix, OfRepeatedWords) {
  EXPECT_EQ(committed_prefix(heard("no no"), heard("no no no"), 1.0), 2u);
}

TEST(CommittedPrefix, OfRevisedWords) {
  EXPECT_EQ(committed_prefix(heard("ice cream"), heard("I scream today"), 1.0), 2u);
  EXPECT_EQ(committed_prefix(heard("for ty two"), heard("forty two more", 0.25), 1.5), 2u);
  EXPECT_EQ(committed_prefix(heard("one two"), heard("one too three"), 1.0), 2u)
      << "as many edits as leaving it out, but the times decide";
}

TEST(CommittedPrefix, WordsBeforeTheEndAreNotNew) {
  // The buffer was cut at 2 s, and the rest of the last word is heard again.
  EXPECT_EQ(committed_prefix({}, heard("ty three", 1.7), 2.0), 1u);
}

TEST(WordAgreement, CommitsWhatTwoDecodingsSay) {
  WordAgreement agreement;
  EXPECT_THAT(agreement.update(heard("Hello."), 0), IsEmpty());
  EXPECT_THAT(texts(agreement.update(heard("Hello from."), 0)), ElementsAre("Hello"));
  EXPECT_THAT(texts(agreement.open()), ElementsAre("from."));
  EXPECT_THAT(texts(agreement.update(heard("Hello from Tessera."), 0)), ElementsAre("from"));
  EXPECT_THAT(texts(agreement.update(heard("Hello from Tessera."), 2)), ElementsAre("Tessera."));
  EXPECT_THAT(agreement.open(), IsEmpty());
  EXPECT_DOUBLE_EQ(agreement.committed_end_s(), 1.5);
}

TEST(WordAgreement, FinalWordsStayWhateverIsHeardLater) {
  WordAgreement agreement;
  agreement.update(heard("one two three"), 0);
  EXPECT_THAT(texts(agreement.update(heard("one two three four"), 0)),
              ElementsAre("one", "two", "three"));
  EXPECT_THAT(agreement.update(heard("won two tree four five"), 0), testing::SizeIs(1));
  EXPECT_THAT(texts(agreement.committed()), ElementsAre("one", "two", "three", "four"));
}

TEST(WordAgreement, DecodingThatLosesItsTextTakesNothingBack) {
  WordAgreement agreement;
  agreement.update(heard("one two"), 0);
  agreement.update(heard("one two three"), 0);
  EXPECT_THAT(agreement.update({}, 9), IsEmpty());
  EXPECT_THAT(texts(agreement.committed()), ElementsAre("one", "two"));
  EXPECT_THAT(agreement.update(heard("one two three"), 0), IsEmpty())
      << "two in a row have to agree";
}

TEST(WordAgreement, RestIsFinalWhenAsked) {
  WordAgreement agreement;
  agreement.update(heard("one two"), 0);
  EXPECT_THAT(texts(agreement.take_rest()), ElementsAre("one", "two"));
  EXPECT_THAT(agreement.take_rest(), IsEmpty());
}

TEST(WordAgreement, TimesNeverGoBack) {
  WordAgreement agreement;
  agreement.update(heard("one two three"), 0);
  agreement.update(heard("one two three four"), 0);
  agreement.update(heard("one two three four", -0.4), 0);
  const std::vector<HeardWord> rest = agreement.take_rest();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_DOUBLE_EQ(rest[0].word.start_s, 1.5) << "where the word before it ends";
  EXPECT_GE(rest[0].word.end_s, rest[0].word.start_s);
}

TEST(WordAgreement, ForgetsWhatIsCutOff) {
  WordAgreement agreement;
  agreement.update(heard("one two three"), 0);
  agreement.take_rest();
  EXPECT_THAT(texts(agreement.forget_before(1.0)), ElementsAre("one", "two"));
  EXPECT_THAT(texts(agreement.committed()), ElementsAre("three"));
  EXPECT_THAT(texts(agreement.update(heard("three four", 1.0), 0)), IsEmpty());
  EXPECT_THAT(texts(agreement.open()), ElementsAre("four"));
}

}  // namespace
}  // namespace tessera::whisper
