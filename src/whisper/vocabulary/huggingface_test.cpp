#include "src/whisper/vocabulary/huggingface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "src/whisper/tokenizer.h"
#include "src/whisper/vocabulary/official.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A byte string in GPT-2's alphabet.
std::string spelled(std::string_view bytes) {
  const std::string order = gpt2_byte_order();
  std::string text;
  for (const char byte : bytes) {
    const auto i = static_cast<int>(order.find(byte));
    const int c =
        i < kPrintableBytes ? static_cast<unsigned char>(byte) : 256 + i - kPrintableBytes;
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text += static_cast<char>(0xC0 | c >> 6);
      text += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return text;
}

constexpr const char* kSpecials[] = {
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>",         "<|translate|>",   "<|transcribe|>",
    "<|startoflm|>", "<|startofprev|>",       "<|nocaptions|>", "<|notimestamps|>"};
constexpr int kText = 258;  // the bytes, "ab" and "abc"
constexpr int kTokens = kText + 9;
constexpr int kRows = kTokens + 1501;

class HuggingFaceTest : public testing::Test {
 protected:
  /// The parts of a small, sound tokenizer; tests spoil them.
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("tessera_huggingface_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    int id = 0;
    for (const char byte : gpt2_byte_order()) vocab_[spelled({&byte, 1})] = id++;
    vocab_["ab"] = id++;
    vocab_["abc"] = id++;
    for (const char* name : kSpecials) added_[name] = id++;
    merges_ = {"a b", "ab c"};
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Json tokenizer_json() const {
    Json added = Json::array();
    for (const auto& [text, id] : added_.items()) added.push_back({{"id", id}, {"content", text}});
    return {{"added_tokens", added},
            {"pre_tokenizer", {{"type", "ByteLevel"}}},
            {"model", {{"type", "BPE"}, {"vocab", vocab_}, {"merges", merges_}}}};
  }

  void write_separate_files() const {
    write("vocab.json", vocab_.dump());
    write("added_tokens.json", added_.dump());
    std::string merges = "#version: 0.2\n";
    for (const auto& merge : merges_) merges += merge.get<std::string>() + "\n";
    write("merges.txt", merges);
  }

  std::optional<Tokenizer> load(int n_vocab = kRows) const {
    return Tokenizer::from_directory(folder_, n_vocab);
  }

  std::string error(int n_vocab = kRows, ErrorCode code = ErrorCode::bad_file) const {
    try {
      load(n_vocab);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), code);
      EXPECT_THAT(e.what(), HasSubstr(folder_.string())) << "names the file";
      EXPECT_THAT(e.what(), Not(HasSubstr("\n"))) << "is one line";
      return e.what();
    }
    return "no error";
  }
  std::string error_of_json(const Json& file) const {
    write("tokenizer.json", file.dump());
    return error();
  }

  fs::path folder_;
  Json vocab_ = Json::object();
  Json added_ = Json::object();
  Json merges_;
};

void expect_sound(const std::optional<Tokenizer>& t) {
  ASSERT_TRUE(t.has_value());
  EXPECT_THAT(t->encode("abcab\n"), ElementsAre(257, 256, 198));
  EXPECT_EQ(t->decode(t->encode("a\xC3\xA9 \x80\n")), "a\u00e9 \uFFFD\n");
  EXPECT_EQ(t->eot(), kText);
  EXPECT_EQ(t->sot(), kText + 1);
  EXPECT_EQ(t->nospeech(), kText + 7);
  EXPECT_EQ(t->language_id("en"), kText + 2);
  EXPECT_EQ(t->timestamp_begin(), kTokens);
  EXPECT_EQ(t->timestamp_count(), 1501);
}

TEST_F(HuggingFaceTest, ReadsTokenizerJson) {
  write("tokenizer.json", tokenizer_json().dump());
  expect_sound(load());
}

TEST_F(HuggingFaceTest, ReadsMergesAsPairs) {
  merges_ = Json::array({Json::array({"a", "b"}), Json::array({"ab", "c"})});
  write("tokenizer.json", tokenizer_json().dump());
  expect_sound(load());
}

TEST_F(HuggingFaceTest, ReadsSeparateFiles) {
  write_separate_files();
  expect_sound(load());
  write("merges.txt", "#version: 0.2\r\na b\r\nab c\r\n");
  expect_sound(load());
  write("merges.txt", "a b\nab c");
  expect_sound(load());
}

TEST_F(HuggingFaceTest, SpecialTokensMayStandInTheBasicList) {
  vocab_.update(added_);
  write_separate_files();
  expect_sound(load());
  fs::remove(folder_ / "added_tokens.json");
  expect_sound(load());
}

TEST_F(HuggingFaceTest, TokenizerJsonGoesFirst) {
  write_separate_files();
  merges_ = {"a b"};
  write("tokenizer.json", tokenizer_json().dump());
  EXPECT_THAT(load()->encode("abc"), ElementsAre(256, 66));
}

TEST_F(HuggingFaceTest, NothingThere) {
  EXPECT_FALSE(load().has_value());
  write("config.json", "{}");
  EXPECT_FALSE(load().has_value());
  EXPECT_FALSE(Tokenizer::from_directory(folder_ / "missing", kRows).has_value());
}

TEST_F(HuggingFaceTest, HalfOfTheFiles) {
  write("vocab.json", vocab_.dump());
  EXPECT_THAT(error(), HasSubstr("merges.txt"));
  fs::remove(folder_ / "vocab.json");
  write("merges.txt", "a b\n");
  EXPECT_THAT(error(), HasSubstr("vocab.json"));
}

TEST_F(HuggingFaceTest, NotJson) {
  for (const char* text : {"", "{", "null x", "\xFF", "{\"model\": }"}) {
    write("tokenizer.json", text);
    EXPECT_NE(error(), "no error") << text;
  }
  write("tokenizer.json", std::string(100000, '['));
  EXPECT_THAT(error(), HasSubstr("deep"));
}

TEST_F(HuggingFaceTest, JsonOfAnotherShape) {
  for (const char* text : {"null", "[]", "3", "{}", R"({"model": 1})", R"({"model": {}})"}) {
    write("tokenizer.json", text);
    EXPECT_THAT(error(), HasSubstr("expected")) << text;
  }
  Json file = tokenizer_json();
  file["model"]["vocab"] = Json::array();
  EXPECT_THAT(error_of_json(file), HasSubstr("\"vocab\""));
  file = tokenizer_json();
  file["added_tokens"] = {1};
  EXPECT_THAT(error_of_json(file), HasSubstr("\"content\""));
  file = tokenizer_json();
  file["model"]["merges"] = {Json::array({"a", "b", "c"})};
  EXPECT_THAT(error_of_json(file), HasSubstr("two tokens"));
  write_separate_files();
  fs::remove(folder_ / "tokenizer.json");
  write("added_tokens.json", "[]");
  EXPECT_THAT(error(), HasSubstr("object"));
}

TEST_F(HuggingFaceTest, AnotherKindOfTokenizer) {
  Json file = tokenizer_json();
  file["model"]["type"] = "WordPiece";
  write("tokenizer.json", file.dump());
  EXPECT_THAT(error(kRows, ErrorCode::unsupported), HasSubstr("WordPiece"));
  file = tokenizer_json();
  file["pre_tokenizer"]["type"] = "Metaspace";
  write("tokenizer.json", file.dump());
  EXPECT_THAT(error(kRows, ErrorCode::unsupported), HasSubstr("Metaspace"));
}

TEST_F(HuggingFaceTest, IdsMustBeDenseUniqueAndSmall) {
  const Json sound = vocab_;
  vocab_["ab"] = 5;
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("id 5 is given to both"));
  vocab_ = sound;
  vocab_.erase("ab");
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("'ab'"));
  merges_ = Json::array();
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("no token has id 256"));
  vocab_ = sound;
  for (const Json& id : {Json(-1), Json(kRows), Json(1.5), Json("7"), Json(1ull << 63), Json()}) {
    vocab_["ab"] = id;
    EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("expected an id below")) << id;
  }
  vocab_ = sound;
  vocab_["<|endoftext|>"] = kRows - 1;
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("has two ids"));
}

TEST_F(HuggingFaceTest, MustFitTheModel) {
  write("tokenizer.json", tokenizer_json().dump());
  EXPECT_THAT(error(kRows - 1), HasSubstr("timestamps"));
  EXPECT_THAT(error(kTokens - 1), HasSubstr("expected an id below"));
  EXPECT_THAT(error(0), HasSubstr("expected an id below"));
  EXPECT_THAT(error(-5), HasSubstr("expected an id below"));
  expect_sound(load(kRows + 7));
}

TEST_F(HuggingFaceTest, MergesMustJoinTokensThatExist) {
  merges_ = {"a zz"};
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("'zz'"));
  merges_ = {"a c"};
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("'ac'"));
  merges_ = {"a b", "a b"};
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("second time"));
  for (const char* merge : {"ab", "a b c", ""}) {
    merges_ = {merge};
    EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("two tokens")) << merge;
  }
  merges_ = {"<|en|> a"};
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("'<|en|>'"));
}

TEST_F(HuggingFaceTest, TokensMustBeSpelledInTheByteAlphabet) {
  vocab_.erase("abc");
  merges_ = {"a b"};
  vocab_["\u4f60\n"] = 257;
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("alphabet"));
  vocab_.erase("\u4f60\n");
  vocab_["<|odd|>"] = 257;
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("<|odd|>"));
}

TEST_F(HuggingFaceTest, TextMustNotFollowSpecialTokens) {
  vocab_["aba"] = kTokens;
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("after the special tokens"));
}

TEST_F(HuggingFaceTest, EveryByteNeedsAToken) {
  vocab_.erase("a");
  vocab_["aab"] = 64;
  merges_ = Json::array();
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("byte 97"));
}

TEST_F(HuggingFaceTest, SpecialTokensMustBeThere) {
  added_.erase("<|notimestamps|>");
  EXPECT_THAT(error_of_json(tokenizer_json()), HasSubstr("<|notimestamps|>"));
}

// The two ways of writing one vocabulary down give the same tokens.
TEST_F(HuggingFaceTest, OfficialVocabularyWrittenOutIsTheSame) {
  Vocabulary official = official_vocabulary(51865);
  official.pieces.resize(3000);  // enough, and quick to write
  official.merges.resize(3000 - 256);
  vocab_ = added_ = Json::object();
  merges_ = Json::array();
  for (std::size_t id = 0; id < official.pieces.size(); ++id)
    vocab_[spelled(official.pieces[id])] = id;
  for (std::size_t i = 0; i < official.specials.size(); ++i) {
    added_[official.specials[i]] = official.pieces.size() + i;
  }
  for (const Merge& merge : official.merges) {
    merges_.push_back(spelled(official.pieces[merge.left]) + " " +
                      spelled(official.pieces[merge.right]));
  }
  write_separate_files();
  const std::optional<Vocabulary> read = huggingface_vocabulary(folder_, 51865);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->pieces, official.pieces);
  EXPECT_EQ(read->specials, official.specials);
  const auto same = [](const Merge& a, const Merge& b) {
    return a.left == b.left && a.right == b.right && a.result == b.result;
  };
  EXPECT_TRUE(std::ranges::equal(read->merges, official.merges, same));
}

}  // namespace
}  // namespace tessera::whisper
