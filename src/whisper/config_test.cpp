#include "src/whisper/config.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "src/whisper/config_writer.h"
#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// A folder with a config.json of a small model; tests change it and add files.
struct ConfigFolder {
  TestFolder folder;
  json network = {{"model_type", "whisper"},      {"activation_function", "gelu"},
                  {"scale_embedding", false},     {"d_model", 64},
                  {"num_mel_bins", 80},           {"max_source_positions", 1500},
                  {"encoder_layers", 2},          {"encoder_attention_heads", 1},
                  {"encoder_ffn_dim", 256},       {"vocab_size", 1000},
                  {"max_target_positions", 448},  {"decoder_layers", 3},
                  {"decoder_attention_heads", 2}, {"decoder_ffn_dim", 128}};

  ModelConfig read() const {
    folder.write("config.json", network.dump());
    return read_model_config(folder.path());
  }
  std::string error() const {
    return error_of([&] { read(); });
  }
};

TEST(Config, ReadsTheSizes) {
  const ModelConfig config = ConfigFolder().read();
  const compute::ModelDims expected = {80, 1500, 64, 1, 2, 256, 1000, 448, 64, 2, 3, 128};
  EXPECT_EQ(config.dims, expected);
  // Every head of the last half of three layers: layers 1 and 2.
  EXPECT_THAT(config.alignment_heads, ElementsAre(AlignmentHead{1, 0}, AlignmentHead{1, 1},
                                                  AlignmentHead{2, 0}, AlignmentHead{2, 1}));
  EXPECT_EQ(config.suppress_tokens, std::nullopt);
  EXPECT_EQ(config.is_multilingual, std::nullopt);
  EXPECT_EQ(config.median_filter_width, 7);
}

TEST(Config, GenerationConfigWinsAndFallsBack) {
  ConfigFolder files;
  files.network["suppress_tokens"] = {1, 2};
  files.network["begin_suppress_tokens"] = {3};
  files.network["median_filter_width"] = 5;
  files.folder.write("generation_config.json",
                     R"({"suppress_tokens": [7, 999], "begin_suppress_tokens": null,
                         "alignment_heads": [[2, 1], [0, 0]], "is_multilingual": true,
                         "lang_to_id": {"<|en|>": 5, "<|de|>": 6}, "max_initial_timestamp_index": 50,
                         "forced_decoder_ids": [[1, null], [2, 50359]]})");
  const ModelConfig config = files.read();
  EXPECT_THAT(config.suppress_tokens, testing::Optional(ElementsAre(7, 999)));
  EXPECT_THAT(config.begin_suppress_tokens, testing::Optional(ElementsAre(3)));
  EXPECT_THAT(config.alignment_heads, ElementsAre(AlignmentHead{2, 1}, AlignmentHead{0, 0}));
  EXPECT_EQ(config.is_multilingual, true);
  EXPECT_EQ(config.max_initial_timestamp_index, 50);
  EXPECT_EQ(config.median_filter_width, 5);
  EXPECT_EQ(config.lang_to_id.at("<|de|>"), 6);
}

TEST(Config, NullAndEmptyCountAsAbsent) {
  ConfigFolder files;
  files.network["forced_decoder_ids"] = nullptr;
  files.network["suppress_tokens"] = json::array();
  files.network["activation_function"] = nullptr;
  files.folder.write("generation_config.json",
                     R"({"suppress_tokens": [], "alignment_heads": null, "lang_to_id": {},
                         "is_multilingual": null, "max_initial_timestamp_index": null})");
  const ModelConfig config = files.read();
  EXPECT_EQ(config.suppress_tokens, std::nullopt);
  EXPECT_EQ(config.alignment_heads.size(), 4u);
  EXPECT_TRUE(config.lang_to_id.empty());
}

TEST(Config, RejectsOtherNetworks) {
  ConfigFolder files;
  files.network["model_type"] = "llama";
  EXPECT_THAT(files.error(),
              AllOf(HasSubstr("bad_file: "),
                    HasSubstr("config.json: expected a Whisper model, found model_type 'llama'")));
  files.network.erase("model_type");
  EXPECT_THAT(files.error(), HasSubstr("found no model_type"));
  files.network["model_type"] = "whisper";
  files.network["activation_function"] = "relu";
  EXPECT_THAT(files.error(), AllOf(HasSubstr("unsupported: "), HasSubstr("found 'relu'")));
  files.network["activation_function"] = "gelu";
  files.network["scale_embedding"] = true;
  EXPECT_THAT(files.error(), AllOf(HasSubstr("unsupported: "), HasSubstr("scale_embedding")));
}

TEST(Config, RejectsSizesThatAreNone) {
  for (const json& bad : std::vector<json>{-64, 0, 64.5, 64.0, "64", true, 1ull << 40, {64}}) {
    ConfigFolder files;
    files.network["d_model"] = bad;
    EXPECT_THAT(files.error(),
                AllOf(HasSubstr("bad_file: "), HasSubstr("config.json: d_model: expected a whole")))
        << bad;
  }
  for (const char* key : {"d_model", "vocab_size", "encoder_ffn_dim", "decoder_layers"}) {
    ConfigFolder files;
    files.network.erase(key);
    EXPECT_THAT(files.error(), HasSubstr(std::string(key) + " is missing"));
  }
  ConfigFolder files;
  files.network["decoder_layers"] = 100000;
  EXPECT_THAT(files.error(), HasSubstr("config.json: expected decoder layers between"));
  files.network["decoder_layers"] = 3;
  files.network["decoder_attention_heads"] = 3;
  EXPECT_THAT(files.error(), HasSubstr("divisible by the number of heads"));
}

TEST(Config, RejectsSettingsOutsideTheModel) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"suppress_tokens": [1000]})", "suppress_tokens: expected a whole number from 0 to 999"},
      {R"({"suppress_tokens": [-1]})", "suppress_tokens: expected a whole number"},
      {R"({"begin_suppress_tokens": [1.5]})", "begin_suppress_tokens: expected a whole number"},
      {R"({"suppress_tokens": 5})", "suppress_tokens: expected a list of token ids, found 5"},
      {R"({"alignment_heads": [[3, 0]]})", "alignment_heads: expected a whole number from 0 to 2"},
      {R"({"alignment_heads": [[0, 2]]})", "alignment_heads: expected a whole number from 0 to 1"},
      {R"({"alignment_heads": [[0]]})", "alignment_heads: expected [layer, head], found [0]"},
      {R"({"alignment_heads": [0, 1]})", "alignment_heads: expected [layer, head], found 0"},
      {R"({"lang_to_id": {"<|en|>": 1000}})", "lang_to_id <|en|>: expected a whole number"},
      {R"({"lang_to_id": ["en"]})", "lang_to_id: expected a table of languages"},
      {R"({"is_multilingual": 1})", "is_multilingual: expected true or false, found 1"},
      {R"({"max_initial_timestamp_index": 1501})", "max_initial_timestamp_index: expected a whole"},
      {R"({"median_filter_width": 4})", "median_filter_width: expected an odd number, found 4"},
      {R"([])", "generation_config.json: expected a JSON object"},
      {R"({)", "generation_config.json: not valid JSON"},
  };
  for (const auto& [text, message] : cases) {
    ConfigFolder files;
    files.folder.write("generation_config.json", text);
    EXPECT_THAT(files.error(), AllOf(HasSubstr("bad_file: "), HasSubstr(message))) << text;
  }
}

TEST(Config, RejectsAnotherFrontEnd) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"n_fft": 512})", "unsupported: "},
      {R"({"hop_length": 100})", "unsupported: "},
      {R"({"chunk_length": 15})", "unsupported: "},
      {R"({"sampling_rate": 8000})", "unsupported: "},
      {R"({"sampling_rate": "x"})", "unsupported: "},
      {R"({"feature_size": 128})", "bad_file: "},
  };
  for (const auto& [text, code] : cases) {
    ConfigFolder files;
    files.folder.write("preprocessor_config.json", text);
    EXPECT_THAT(files.error(),
                AllOf(testing::StartsWith(code), HasSubstr("preprocessor_config.json: ")))
        << text;
  }
  ConfigFolder files;
  files.folder.write("preprocessor_config.json",
                     R"({"n_fft": 400, "hop_length": 160, "feature_size": 80, "chunk_length": 30,
                         "sampling_rate": 16000, "mel_filters": [[0.5, 0.25]]})");
  EXPECT_EQ(files.error(), "");
}

TEST(Config, SaysThatConfigIsMissing) {
  const TestFolder folder;
  EXPECT_THAT(error_of([&] { read_model_config(folder.path()); }),
              HasSubstr("config.json: No such file"));
}

TEST(Config, ReadsWhatItWrote) {
  ModelConfig config;
  config.dims = find_official_model("base")->dims;
  config.alignment_heads = find_official_model("base")->alignment_heads;
  config.suppress_tokens = {{1, 2, 50362}};
  config.begin_suppress_tokens = {{220, 50257}};
  config.max_initial_timestamp_index = 50;
  config.lang_to_id = {{"<|en|>", 50259}, {"<|de|>", 50261}};
  config.is_multilingual = true;
  config.median_filter_width = 5;

  const TestFolder folder;
  const ConfigTexts texts = write_config(config, compute::DType::bf16);
  folder.write("config.json", texts.network);
  folder.write("generation_config.json", texts.generation);
  folder.write("preprocessor_config.json", texts.preprocessor);
  EXPECT_EQ(read_model_config(folder.path()), config);
  EXPECT_EQ(json::parse(texts.network)["torch_dtype"], "bfloat16");
  EXPECT_EQ(json::parse(texts.network)["eos_token_id"], 50257);
  EXPECT_EQ(json::parse(texts.generation)["no_timestamps_token_id"], 50363);
  EXPECT_EQ(json::parse(texts.generation)["prev_sot_token_id"], 50361);
  EXPECT_EQ(json::parse(texts.generation)["task_to_id"]["transcribe"], 50359);
}

TEST(OfficialModels, HeadsAreInsideTheDecoder) {
  for (const OfficialModel& model : official_models()) {
    EXPECT_FALSE(model.alignment_heads.empty()) << model.name;
    EXPECT_NO_THROW(compute::check_dims(model.dims, std::string(model.name)));
    for (const AlignmentHead& head : model.alignment_heads) {
      EXPECT_LT(head.layer, model.dims.n_text_layers) << model.name;
      EXPECT_LT(head.head, model.dims.n_text_heads) << model.name;
    }
  }
  EXPECT_EQ(find_official_model("large"), find_official_model("large-v3"));
  EXPECT_EQ(find_official_model("turbo")->dims.n_mels, 128);
  EXPECT_EQ(find_official_model("huge"), nullptr);
}

}  // namespace
}  // namespace tessera::whisper
