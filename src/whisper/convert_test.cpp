#include "tessera/convert.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "src/whisper/json_file.h"
#include "src/whisper/model_data.h"
#include "src/whisper/model_file.h"
#include "src/whisper/model_file_writer.h"
#include "src/whisper/random_model.h"
#include "src/whisper/test_folder.h"
#include "tessera/model.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using compute::DType;
using testing::HasSubstr;

constexpr const char* kSmall = "random:tiny,layers=1,width=64,dtype=f16";

std::vector<std::vector<float>> values_of_all(const compute::ModelWeights& weights) {
  compute::ModelWeights copy = weights;
  std::vector<std::vector<float>> result;
  for (const auto& slot : compute::weight_slots(copy)) {
    result.push_back(compute::to_f32(*slot.view));
  }
  return result;
}

ConvertOptions options(const char* dtype, bool overwrite = false) {
  ConvertOptions options;
  options.dtype = dtype;
  options.overwrite = overwrite;
  return options;
}

std::ptrdiff_t count(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

struct ConvertTest : testing::Test {
  std::string convert(const std::string& name, const ConvertOptions& options = {},
                      const ConvertCallbacks& callbacks = {}) const {
    return error_of([&] { convert_model(name, out.string(), options, callbacks); });
  }

  TestFolder folder;
  fs::path out = folder.path() / "out";
};

TEST_F(ConvertTest, WritesAModelThatLoadsEqual) {
  ASSERT_EQ(convert(kSmall), "");
  EXPECT_EQ(count(folder.path()), 1);
  EXPECT_EQ(count(out), 6);
  const Model from = Model::load(kSmall);
  const Model to = Model::load(out.string());
  EXPECT_EQ(values_of_all(*to.data().weights), values_of_all(*from.data().weights));
  EXPECT_EQ(to.data().weights->token_embedding.dtype, DType::f16);
  EXPECT_EQ(to.data().config.dims, from.data().config.dims);
  EXPECT_EQ(to.data().config.alignment_heads, from.data().config.alignment_heads);
  const Tokenizer& tokenizer = to.data().tokenizer;
  EXPECT_EQ(tokenizer.encode(" Hello, w\u00f6rld"),
            from.data().tokenizer.encode(" Hello, w\u00f6rld"));
  EXPECT_EQ(tokenizer.vocabulary().specials, from.data().tokenizer.vocabulary().specials);
}

TEST_F(ConvertTest, FillsInTheSettingsFromTheVocabulary) {
  ASSERT_EQ(convert(kSmall), "");
  const ModelConfig config = read_model_config(out);
  EXPECT_EQ(config.lang_to_id.size(), 99u);
  EXPECT_EQ(config.lang_to_id.at("<|en|>"), 50259);
  EXPECT_EQ(config.is_multilingual, true);
  EXPECT_EQ(config.begin_suppress_tokens, (std::vector{220, 50257}));
  // openai/whisper's list for "-1": 82 signs and six special tokens.
  ASSERT_TRUE(config.suppress_tokens.has_value());
  EXPECT_EQ(config.suppress_tokens->size(), 88u);
  EXPECT_EQ(config.suppress_tokens->back(), 50362);
  const auto json = read_json_file(out / "generation_config.json");
  EXPECT_EQ(json["no_timestamps_token_id"], 50363);
  EXPECT_EQ(json["task_to_id"]["translate"], 50358);
  fs::remove_all(out);
  ASSERT_EQ(convert("random:tiny.en,layers=1,width=64"), "");
  EXPECT_TRUE(read_model_config(out).lang_to_id.empty());
  EXPECT_EQ(read_json_file(out / "generation_config.json")["eos_token_id"], 50256);
}

TEST_F(ConvertTest, RoundsToTheDtype) {
  ASSERT_EQ(convert("random:tiny,layers=1,width=64", options("bf16")), "");
  const Model to = Model::load(out.string());
  EXPECT_EQ(to.data().weights->token_embedding.dtype, DType::bf16);
  EXPECT_EQ(read_json_file(out / "config.json")["torch_dtype"], "bfloat16");
  const float from =
      values_of_all(*Model::load("random:tiny,layers=1,width=64").data().weights)[0][0];
  EXPECT_EQ(values_of_all(*to.data().weights)[0][0],
            compute::bf16_to_f32(compute::f32_to_bf16(from)));
}

TEST_F(ConvertTest, AutoKeepsEachTensorAsItIs) {
  // As in a file of whisper.cpp: matrices of halves, everything else float32.
  const LoadedWeights model = make_random_model(parse_random_model(kSmall));
  compute::ModelWeights mixed = *model.weights;
  const std::vector<float> bias = compute::to_f32(mixed.conv1.bias);
  mixed.conv1.bias = {DType::f32, {64, 1, 1}, reinterpret_cast<const std::byte*>(bias.data())};
  save_model_directory(mixed, model.config, folder.path() / "mixed", SaveOptions());
  ASSERT_EQ(convert((folder.path() / "mixed").string()), "");
  const Model to = Model::load(out.string());
  EXPECT_EQ(to.data().weights->conv1.bias.dtype, DType::f32);
  EXPECT_EQ(to.data().weights->conv1.weight.dtype, DType::f16);
  EXPECT_EQ(values_of_all(*to.data().weights), values_of_all(*model.weights));
  EXPECT_EQ(read_json_file(out / "config.json")["torch_dtype"], "float32") << "holds all of them";
}

TEST_F(ConvertTest, TellsHowFarItIs) {
  std::vector<double> done;
  double total = 0;
  ConvertCallbacks callbacks;
  callbacks.on_progress = [&](double done_bytes, double total_bytes) {
    done.push_back(done_bytes);
    total = total_bytes;
  };
  ASSERT_EQ(convert(kSmall, {}, callbacks), "");
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), total);
  EXPECT_GT(total, 2.0 * 51865 * 64);
}

TEST_F(ConvertTest, CancelLeavesNothing) {
  for (const int after : {0, 1, 5}) {
    std::stop_source source;
    if (after == 0) source.request_stop();
    int calls = 0;
    ConvertCallbacks callbacks;
    callbacks.stop = source.get_token();
    callbacks.on_progress = [&](double, double) {
      if (++calls == after) source.request_stop();
    };
    EXPECT_EQ(convert(kSmall, {}, callbacks), "cancelled: cancelled");
    EXPECT_TRUE(fs::is_empty(folder.path())) << after;
  }
}

TEST_F(ConvertTest, ACallbackThatThrowsLeavesNothing) {
  ConvertCallbacks callbacks;
  callbacks.on_progress = [](double, double) { throw std::runtime_error("mine"); };
  EXPECT_THROW(convert_model(kSmall, out.string(), {}, callbacks), std::runtime_error);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(ConvertTest, KeepsWhatIsThereUnlessItIsAModelToReplace) {
  fs::create_directory(out);
  folder.write("out/notes.txt", "mine");
  EXPECT_THAT(convert(kSmall), HasSubstr("expected an empty folder or none"));
  const ConvertOptions overwrite = options("auto", /*overwrite=*/true);
  EXPECT_THAT(convert(kSmall, overwrite), HasSubstr("expected a model to replace, found other"));
  fs::remove(out / "notes.txt");
  ASSERT_EQ(convert(kSmall), "");
  EXPECT_THAT(convert(kSmall), HasSubstr("expected an empty folder or none"));
  fs::create_directory(out / "holiday");
  EXPECT_THAT(convert(kSmall, overwrite), HasSubstr("bad_argument: " + out.string() +
                                                    ": expected a model to replace, found "
                                                    "holiday with it"));
  fs::remove(out / "holiday");
  // Onto itself too.
  EXPECT_EQ(convert(out.string(), options("f32", /*overwrite=*/true)), "");
  EXPECT_EQ(load_model_directory(out).weights->token_embedding.dtype, DType::f32);
  EXPECT_EQ(count(folder.path()), 1);
}

TEST_F(ConvertTest, RefusesOtherDtypesAndNumbersThatDoNotFit) {
  for (const char* dtype : {"", "q8_0", "F32", "auto "}) {
    EXPECT_THAT(convert(kSmall, options(dtype)),
                HasSubstr("bad_argument: dtype: expected auto, f32, f16 or bf16, got '"));
  }
  LoadedWeights model = make_random_model(parse_random_model("random:tiny,layers=1,width=64"));
  compute::ModelWeights large = *model.weights;
  std::vector<float> bias(64, 1e6f);
  large.conv2.bias.data = reinterpret_cast<const std::byte*>(bias.data());
  save_model_directory(large, model.config, folder.path() / "large", DType::f32);
  EXPECT_THAT(convert((folder.path() / "large").string(), options("f16")),
              HasSubstr("bad_argument: tensor model.encoder.conv2.bias: 1000000"));
  EXPECT_EQ(count(folder.path()), 1);
}

TEST_F(ConvertTest, NamesTheModelThatIsMissing) {
  EXPECT_THAT(convert("/none/model"), HasSubstr("/none/model"));
  EXPECT_THAT(convert("random:none"), HasSubstr("bad_argument: "));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace tessera::whisper
