#include "src/whisper/ctranslate2_model.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "src/whisper/test_ctranslate2.h"
#include "src/whisper/test_folder.h"
#include "src/whisper/tokenizer.h"

namespace tessera::whisper {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kEot = 259;

/// A folder with a small model whose JSON a test may change.
struct ModelFolder {
  ModelFolder() { folder.write("model.bin", model_bin()); }

  static const std::string& model_bin() {
    static const std::string bytes =
        Ctranslate2Parts(small_model(",dtype=f16", kSmallVocabulary)).bytes();
    return bytes;
  }

  /// Of the Latin letters in GPT-2's alphabet, and the special tokens without the timestamps.
  static json listed_tokens() {
    json list = json::array();
    for (int i = 0; i < 256; ++i) {
      const auto byte = static_cast<unsigned char>(gpt2_byte_order()[static_cast<std::size_t>(i)]);
      const unsigned code_point = i < kPrintableBytes ? byte : 256u + (i - kPrintableBytes);
      list.push_back(code_point < 0x80 ? std::string(1, static_cast<char>(code_point))
                                       : std::string{static_cast<char>(0xc0 | code_point >> 6),
                                                     static_cast<char>(0x80 | (code_point & 63))});
    }
    for (const char* token :
         {"he", "ll", "hell", "<|endoftext|>", "<|startoftranscript|>", "<|de|>", "<|en|>",
          "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nocaptions|>",
          "<|notimestamps|>"}) {
      list.push_back(token);
    }
    return list;
  }

  LoadedModel load() const {
    folder.write("config.json", config.dump());
    folder.write("vocabulary.json", vocabulary.dump());
    return load_ctranslate2(folder.path());
  }
  std::string error() const {
    return error_of([&] { load(); });
  }

  TestFolder folder;
  json config = {{"suppress_ids", {1, 2, 300}},
                 {"suppress_ids_begin", {220, kEot}},
                 {"lang_ids", {kEot + 2, kEot + 3}},
                 {"alignment_heads", {{0, 0}}}};
  json vocabulary = listed_tokens();
};

TEST(Ctranslate2Model, ReadsTheSettings) {
  const LoadedModel model = ModelFolder().load();
  EXPECT_EQ(model.config.dims, model.weights->dims);
  EXPECT_THAT(model.config.alignment_heads, ElementsAre(AlignmentHead{0, 0}));
  EXPECT_THAT(*model.config.suppress_tokens, ElementsAre(1, 2, 300));
  EXPECT_THAT(*model.config.begin_suppress_tokens, ElementsAre(220, kEot));
  const std::map<std::string, int> languages = {{"<|de|>", kEot + 2}, {"<|en|>", kEot + 3}};
  EXPECT_EQ(model.config.lang_to_id, languages);
  EXPECT_EQ(model.config.is_multilingual, false) << "told by the size";
}

TEST(Ctranslate2Model, SettingsMayBeAbsent) {
  ModelFolder files;
  files.config = {{"suppress_ids", nullptr}, {"lang_ids", json::array()}};
  const LoadedModel model = files.load();
  EXPECT_FALSE(model.config.suppress_tokens || model.config.begin_suppress_tokens);
  EXPECT_TRUE(model.config.lang_to_id.empty());
  EXPECT_EQ(model.config.alignment_heads, default_alignment_heads(model.weights->dims));
}

TEST(Ctranslate2Model, ReadsTheVocabulary) {
  ModelFolder files;
  const LoadedModel from_json = files.load();
  ASSERT_TRUE(from_json.vocabulary);
  const Tokenizer tokenizer(*from_json.vocabulary, kSmallVocabulary);
  EXPECT_EQ(tokenizer.eot(), kEot);
  EXPECT_EQ(tokenizer.encode("hell"), std::vector<int>{258});
  EXPECT_EQ(tokenizer.decode_bytes(255), "\xad") << "the last byte of the alphabet";

  std::string lines;
  for (const json& token : files.vocabulary) lines += token.get<std::string>() + "\n";
  const TokenList text = parse_ctranslate2_tokens(lines, "vocabulary.txt", /*json=*/false);
  EXPECT_EQ(text.pieces, from_json.vocabulary->pieces);
  EXPECT_EQ(text.specials, from_json.vocabulary->specials);
}

TEST(Ctranslate2Model, TokenizerJsonGoesFirst) {
  const ModelFolder files;
  files.folder.write("tokenizer.json", "{");
  EXPECT_THAT(files.error(), HasSubstr("tokenizer.json: not valid JSON"));
}

TEST(Ctranslate2Model, WantsTheOfficialVocabularyWithoutAFile) {
  const ModelFolder files;
  files.load();
  std::filesystem::remove(files.folder.path() / "vocabulary.json");
  EXPECT_THAT(error_of([&] { load_ctranslate2(files.folder.path()); }),
              AllOf(StartsWith("unsupported: "), HasSubstr("needs a tokenizer file of its own")));
}

TEST(Ctranslate2Model, RefusesBadSettings) {
  const auto error_with = [](const char* key, const json& value) {
    ModelFolder files;
    files.config[key] = value;
    return files.error();
  };
  for (const json& id : std::vector<json>{-1, kSmallVocabulary, 2147483648u, 9223372036854775808u,
                                          "1", 1.5, json::array({1})}) {
    for (const char* key : {"suppress_ids", "suppress_ids_begin", "lang_ids"}) {
      EXPECT_THAT(error_with(key, json::array({id})),
                  AllOf(StartsWith("bad_file: "), HasSubstr(std::string("config.json: ") + key)))
          << id;
    }
  }
  for (const json& heads :
       std::vector<json>{"x", {1}, {{0, 1}}, {{1, 0}}, {{0, -1}}, {{0, 0, 0}}}) {
    EXPECT_THAT(error_with("alignment_heads", heads), HasSubstr("config.json: alignment_heads"))
        << heads;
  }
  EXPECT_THAT(error_with("lang_ids", {5}), HasSubstr("lang_ids: expected special tokens, found 5"));
  EXPECT_THAT(error_with("lang_ids", {kSmallVocabulary - 1}), HasSubstr("expected special tokens"));
  ModelFolder files;
  files.config = json::array();
  EXPECT_THAT(files.error(), HasSubstr("config.json: expected a JSON object"));
}

TEST(Ctranslate2Model, RefusesABadVocabulary) {
  const auto error_with = [](const json& vocabulary) {
    ModelFolder files;
    files.vocabulary = vocabulary;
    return files.error();
  };
  EXPECT_THAT(error_with(json::object()), HasSubstr("vocabulary.json: expected a list of tokens"));
  EXPECT_THAT(error_with({"a", 5}), HasSubstr("expected token 1 to be a text, found 5"));
  EXPECT_THAT(error_with({"a", "b c"}), HasSubstr("token 'b c' is not written in GPT-2's"));
  json doubled = ModelFolder::listed_tokens();
  doubled[3] = doubled[4];
  EXPECT_THAT(error_with(doubled), HasSubstr("token 4, '%', is listed a second time"));
  json many = ModelFolder::listed_tokens();
  while (many.size() <= static_cast<std::size_t>(kSmallVocabulary)) many.push_back("<|x|>");
  EXPECT_THAT(error_with(many), HasSubstr("expected at most the model's 1867 tokens, found 1868"));
}

TEST(Ctranslate2Model, RefusesAnotherFrontEnd) {
  const ModelFolder files;
  files.folder.write("preprocessor_config.json", R"({"hop_length": 100})");
  EXPECT_THAT(files.error(), AllOf(StartsWith("unsupported: "), HasSubstr("hop_length")));
  files.folder.write("preprocessor_config.json", R"({"feature_size": 80})");
  EXPECT_THAT(files.error(), AllOf(StartsWith("bad_file: "), HasSubstr("8 mel bands, found 80")));
  files.folder.write("preprocessor_config.json", R"({"feature_size": 8, "hop_length": 160})");
  EXPECT_EQ(files.error(), "");
}

TEST(Ctranslate2Model, NamesTheFileThatIsMissing) {
  const ModelFolder files;
  EXPECT_THAT(error_of([&] { load_ctranslate2(files.folder.path()); }),
              HasSubstr("config.json: No such file"));
  const TestFolder empty;
  EXPECT_THAT(error_of([&] { load_ctranslate2(empty.path()); }),
              HasSubstr("model.bin: No such file"));
}

}  // namespace
}  // namespace tessera::whisper
