// model.bin, good and bad: the container and the weights in it.
#include "src/whisper/ctranslate2_weights.h"

#include <gmock/gmock.h>

#include <limits>

#include "src/whisper/ctranslate2_model.h"
#include "src/whisper/test_ctranslate2.h"
#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::AllOf;
using testing::Each;
using testing::FloatEq;
using testing::HasSubstr;
using testing::StartsWith;
using Parts = Ctranslate2Parts;

constexpr const char* kWeight = "encoder/layer_0/ffn/linear_0/weight";            // 256 x 64
constexpr const char* kFused = "decoder/layer_0/self_attention/linear_0/weight";  // 3 x 64 x 64

const LoadedWeights& f16_model() {
  static const LoadedWeights model = small_model(",dtype=f16", kSmallVocabulary);
  return model;
}

Parts small_file() { return Parts(f16_model()); }

std::shared_ptr<const compute::ModelWeights> parse(const std::string& bytes) {
  return parse_ctranslate2_weights(std::as_bytes(std::span(bytes)), "folder/model.bin", nullptr);
}

std::string weights_error(const std::string& bytes) {
  return error_of([&] { parse(bytes); });
}
std::string weights_error(const Parts& parts) { return weights_error(parts.bytes()); }

TEST(Ctranslate2Weights, ReadsFloatsBitForBit) {
  for (const char* dtype : {"f32", "f16", "bf16"}) {
    const LoadedWeights model = small_model(std::string(",dtype=") + dtype, kSmallVocabulary);
    const std::string bytes = Parts(model).bytes();
    const auto weights = parse(bytes);
    EXPECT_EQ(weights->dims, model.weights->dims);
    EXPECT_EQ(values(*weights), values(model)) << dtype;
    compute::ModelWeights copy = *weights;
    for (const compute::WeightSlot& slot : compute::weight_slots(copy)) {
      const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
      EXPECT_TRUE(slot.view->data >= first && slot.view->data < first + bytes.size()) << slot.name;
    }
  }
}

/// Replaces a variable's data by whole numbers 7, 7, ..., with that scale in every row.
template <class T>
void quantise(Parts& parts, const std::string& name, const std::vector<float>& scales) {
  Parts::Variable& variable = parts.find(name);
  const std::size_t count = variable.data.size() / 2;
  variable.type = sizeof(T) == 1 ? Parts::kI8 : Parts::kI16;
  variable.data = raw(std::vector<T>(count, 7));
  const auto rows = static_cast<std::uint32_t>(scales.size());
  parts.variables.push_back({name + "_scale", Parts::kF32,
                             rows == 1 ? std::vector<std::uint32_t>() : std::vector{rows},
                             raw(scales)});
}

TEST(Ctranslate2Weights, DividesBytesByTheScaleOfTheirRow) {
  Parts parts = small_file();
  std::vector<float> scales(3 * 64, 2.0f);
  scales[64] = 14.0f;  // the first row of the keys
  scales[191] = 0.5f;  // the last row of the values
  quantise<std::int8_t>(parts, kFused, scales);
  parts.find(kFused).data[1] = -127;  // the queries' row 0, column 1
  const auto loaded = values(*parse(parts.bytes()));
  const std::string prefix = "model.decoder.layers.0.self_attn.";
  EXPECT_EQ(loaded.at(prefix + "q_proj.weight")[0], 3.5f);
  EXPECT_EQ(loaded.at(prefix + "q_proj.weight")[1], -63.5f);
  EXPECT_EQ(loaded.at(prefix + "k_proj.weight")[63], 0.5f);
  EXPECT_EQ(loaded.at(prefix + "k_proj.weight")[64], 3.5f);
  EXPECT_EQ(loaded.at(prefix + "v_proj.weight")[63 * 64 - 1], 3.5f);
  EXPECT_EQ(loaded.at(prefix + "v_proj.weight")[63 * 64], 14.0f);
}

TEST(Ctranslate2Weights, DividesWordsByOneScale) {
  Parts parts = small_file();
  quantise<std::int16_t>(parts, kWeight, {1024.0f});
  parts.find(kWeight).data.replace(2, 2, raw(std::int16_t{-32768}));
  const auto weight = values(*parse(parts.bytes())).at("model.encoder.layers.0.fc1.weight");
  EXPECT_EQ(weight[0], 7.0f / 1024);
  EXPECT_EQ(weight[1], -32.0f);
  EXPECT_EQ(weight.back(), 7.0f / 1024);
}

TEST(Ctranslate2Weights, ExpandsConvolutionsAndTheEmbedding) {
  Parts parts = small_file();
  quantise<std::int8_t>(parts, "encoder/conv1/weight", std::vector<float>(64, 3.5f));
  quantise<std::int8_t>(parts, "decoder/embeddings/weight",
                        std::vector<float>(kSmallVocabulary, 0.7f));
  const auto loaded = values(*parse(parts.bytes()));
  EXPECT_THAT(loaded.at("model.encoder.conv1.weight"), Each(2.0f));
  EXPECT_THAT(loaded.at("model.decoder.embed_tokens.weight"), Each(FloatEq(10.0f)));
}

TEST(Ctranslate2Weights, RefusesWrongScales) {
  const auto error_with = [](const std::vector<float>& scales) {
    Parts parts = small_file();
    quantise<std::int8_t>(parts, kWeight, scales);
    return weights_error(parts);
  };
  const auto scales_with = [](float value) {
    std::vector<float> scales(256, 1.0f);
    scales[200] = value;
    return scales;
  };
  for (const float value : {0.0f, -1.0f, std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_THAT(error_with(scales_with(value)),
                AllOf(StartsWith("bad_file: "), HasSubstr("in row 200")));
  }
  EXPECT_THAT(error_with(std::vector<float>(255, 1.0f)), HasSubstr("one for each of 256 rows"));
  Parts parts = small_file();
  quantise<std::int8_t>(parts, kWeight, {1.0f});
  parts.variables.pop_back();
  EXPECT_THAT(weights_error(parts), HasSubstr(std::string(kWeight) + "_scale is missing"));
}

TEST(Ctranslate2Weights, FollowsAliases) {
  Parts parts = small_file();
  const std::string gamma = "encoder/layer_norm/gamma";
  const std::string other = "decoder/layer_norm/gamma";
  parts.find(other).data = parts.find(gamma).data;
  const auto wanted = values(*parse(parts.bytes()));
  std::erase_if(parts.variables, [&](const Parts::Variable& v) { return v.name == gamma; });
  EXPECT_THAT(weights_error(parts), HasSubstr("variable " + gamma + " is missing"));
  parts.aliases.emplace_back(gamma, other);
  EXPECT_EQ(values(*parse(parts.bytes())), wanted);
  parts.aliases.back().second = "nothing";
  EXPECT_THAT(weights_error(parts), HasSubstr("alias " + gamma + ": variable nothing is missing"));
  parts.aliases.back() = {other, other};
  EXPECT_THAT(weights_error(parts), HasSubstr("alias " + other + " is there a second time"));
  parts.aliases.back() = parts.aliases.front();
  EXPECT_THAT(weights_error(parts), HasSubstr("is there a second time"));
}

TEST(Ctranslate2Weights, AnAliasOfQuantisedValuesHasTheirScale) {
  Parts parts = small_file();
  const std::string linear = "decoder/layer_0/attention/linear_";
  quantise<std::int8_t>(parts, linear + "0/weight", std::vector<float>(64, 7.0f));
  std::erase_if(parts.variables,
                [&](const Parts::Variable& v) { return v.name == linear + "2/weight"; });
  parts.aliases.emplace_back(linear + "2/weight", linear + "0/weight");
  const auto loaded = values(*parse(parts.bytes()));
  EXPECT_THAT(loaded.at("model.decoder.layers.0.encoder_attn.out_proj.weight"), Each(1.0f));
}

TEST(Ctranslate2Weights, SurvivesTruncationAnywhere) {
  const std::string whole = small_file().bytes();
  const std::size_t in_head = small_file().head().size() + 200;
  for (std::size_t i = 0; i < 50; ++i) {
    const std::size_t keep =
        i < 25 ? i * in_head / 25 : in_head + (i - 25) * (whole.size() - in_head) / 25;
    EXPECT_THAT(weights_error(whole.substr(0, keep)),
                AllOf(StartsWith("bad_file: folder/model.bin: "), HasSubstr("truncated")))
        << keep;
  }
  EXPECT_THAT(weights_error(whole.substr(0, whole.size() - 1)), HasSubstr("truncated"));
  EXPECT_THAT(weights_error(whole + "x"),
              HasSubstr("1 bytes after the last alias belong to nothing"));
}

TEST(Ctranslate2Weights, ChecksEverySizeAndLength) {
  const Parts parts = small_file();
  const std::string whole = parts.bytes();
  const std::size_t variable = parts.head().size();
  const std::size_t rank = variable + 2 + parts.variables[0].name.size() + 1;
  const std::size_t dims = rank + 1;
  const std::size_t length = dims + 4 * parts.variables[0].sizes.size() + 1;
  const std::size_t aliases = whole.size() - 4 - Parts::text(parts.aliases[0].first).size() -
                              Parts::text(parts.aliases[0].second).size();
  // Of 32 bits: number of variables, sizes and length of the first, number of aliases.
  for (const std::size_t field : {variable - 4, dims, dims + 4, dims + 8, length, aliases}) {
    for (const std::uint32_t value : {0u, 0xffffffffu, 0x80000000u, 0x7fffffffu, 5u}) {
      EXPECT_THAT(weights_error(with(whole, field, raw(value))), StartsWith("bad_file: "))
          << "byte " << field << ": " << value;
    }
    EXPECT_THAT(weights_error(with(whole, field, raw(std::uint64_t{1} << 63))),
                StartsWith("bad_file: "));
  }
  // Of 16 bits: lengths of the spec's name, of a variable's, of an alias.
  for (const std::size_t field : {std::size_t{4}, variable, aliases + 4}) {
    for (const std::uint16_t value : {0, 0xffff, 0x8000, 1, 5}) {
      EXPECT_THAT(weights_error(with(whole, field, raw(value))), StartsWith("bad_file: "))
          << "byte " << field << ": " << value;
    }
  }
  for (const std::uint8_t value : {0, 1, 4, 5, 128, 255}) {
    EXPECT_THAT(weights_error(with(whole, rank, raw(value))), StartsWith("bad_file: "))
        << int{value};
  }
}

TEST(Ctranslate2Weights, RefusesAProductThatOverflows) {
  Parts parts = small_file();
  parts.find("encoder/conv1/weight").sizes = {0x80000000u, 0x80000000u, 4};
  EXPECT_THAT(weights_error(parts),
              HasSubstr("encoder/conv1/weight: its 3072 bytes do not fit its shape"));
}

TEST(Ctranslate2Weights, RefusesOtherFormats) {
  Parts parts = small_file();
  for (const std::uint32_t version : {0u, 0x10000u, 0x67676d6cu, 0xffffffffu}) {
    parts.version = version;
    EXPECT_THAT(weights_error(parts), HasSubstr("not a CTranslate2 model")) << version;
  }
  for (const std::uint32_t version : {1u, 5u, 7u}) {
    parts.version = version;
    EXPECT_THAT(weights_error(parts), StartsWith("unsupported: ")) << version;
  }
  parts.version = 6;
  parts.revision = 2;
  EXPECT_THAT(weights_error(parts), AllOf(StartsWith("unsupported: "), HasSubstr("revision 3 of")));
  parts.spec = "TransformerSpec";
  EXPECT_THAT(weights_error(parts), HasSubstr("expected a WhisperSpec, found 'TransformerSpec'"));
}

TEST(Ctranslate2Weights, RefusesOtherTypes) {
  for (const std::uint8_t type : {6, 7, 255}) {
    Parts parts = small_file();
    parts.find(kWeight).type = type;
    EXPECT_THAT(weights_error(parts),
                HasSubstr("expected a type from 0 to 5, found " + std::to_string(type)));
  }
  Parts parts = small_file();
  Parts::Variable& norm = parts.find("encoder/layer_norm/beta");
  norm.type = Parts::kI32;
  norm.data += norm.data;
  EXPECT_THAT(weights_error(parts),
              HasSubstr("encoder/layer_norm/beta: expected weights, found int32"));
}

TEST(Ctranslate2Weights, WantsEveryVariableOnce) {
  Parts parts = small_file();
  parts.variables.push_back(parts.find(kFused));
  EXPECT_THAT(weights_error(parts), HasSubstr(std::string(kFused) + " is there a second time"));
  parts.variables.back().name = "decoder/layer_0/self_attention/relative_position_keys";
  EXPECT_THAT(weights_error(parts), HasSubstr("relative_position_keys is none of this model's"));
  parts.variables.pop_back();
  EXPECT_EQ(weights_error(parts), "");
  for (const std::string name : {kWeight, kFused, "encoder/num_heads", "decoder/layer_norm/beta",
                                 "encoder/conv1/weight", "decoder/embeddings/weight"}) {
    Parts without = small_file();
    std::erase_if(without.variables, [&](const Parts::Variable& v) { return v.name == name; });
    without.aliases.clear();
    EXPECT_THAT(weights_error(without), HasSubstr("variable " + name + " is missing"));
  }
}

TEST(Ctranslate2Weights, RefusesShapesOfAnotherModel) {
  {
    Parts parts = small_file();
    std::swap(parts.find(kFused).sizes[0], parts.find(kFused).sizes[1]);
    EXPECT_THAT(weights_error(parts), HasSubstr("expected shape [192, 64, 1], file has [64, 192]"));
  }
  {
    Parts parts = small_file();
    const LoadedWeights wide = small_model(",width=128,dtype=f16", kSmallVocabulary);
    parts.find(kFused) = Parts(wide).find(kFused);
    EXPECT_THAT(weights_error(parts),
                HasSubstr("expected shape [192, 64, 1], file has [384, 128]"));
  }
  for (const std::int16_t heads : {0, -1, 3, 600, -32768}) {
    Parts parts = small_file();
    parts.find("decoder/num_heads").data = raw(heads);
    EXPECT_THAT(weights_error(parts), AllOf(StartsWith("bad_file: "), HasSubstr("heads"))) << heads;
  }
}

TEST(Ctranslate2Weights, RefusesFeaturesOfOtherNetworks) {
  for (const char* name : {"decoder/alibi", "decoder/activation", "decoder/pre_norm"}) {
    Parts parts = small_file();
    parts.find(name).data = raw(std::int8_t{2});
    EXPECT_THAT(weights_error(parts), AllOf(StartsWith("unsupported: "), HasSubstr(name)));
  }
  Parts parts = small_file();
  parts.add_scalar("decoder/scale_embeddings", std::int8_t{0});
  EXPECT_EQ(weights_error(parts), "") << "off";
  parts.find("decoder/scale_embeddings").data = raw(std::int8_t{1});
  EXPECT_THAT(weights_error(parts),
              HasSubstr("decoder/scale_embeddings: expected 0 as in Whisper, found 1"));
}

TEST(Ctranslate2Weights, RefusesABiasOfTheKeys) {
  for (const char* name : {"encoder/layer_0/self_attention/linear_0/bias",
                           "decoder/layer_0/attention/linear_1/bias"}) {
    Parts parts = small_file();
    Parts::Variable& bias = parts.find(name);
    const std::size_t keys = std::string(name).starts_with("encoder") ? 64 : 0;
    bias.data[2 * keys + 1] = '\x80';
    EXPECT_EQ(weights_error(parts), "") << "-0";
    bias.data[2 * (keys + 63)] = 1;
    EXPECT_THAT(weights_error(parts),
                AllOf(StartsWith("unsupported: "), HasSubstr("zeros for the keys")));
  }
}

TEST(Ctranslate2Weights, AcceptsOnlyTheEmbeddingAsProjection) {
  Parts parts = small_file();
  parts.aliases.clear();
  EXPECT_EQ(weights_error(parts), "");
  parts.variables.push_back(parts.find("decoder/embeddings/weight"));
  parts.variables.back().name = "decoder/projection/weight";
  EXPECT_EQ(weights_error(parts), "");
  parts.variables.back().data[100] ^= 1;
  EXPECT_THAT(weights_error(parts),
              AllOf(StartsWith("unsupported: "), HasSubstr("decoder/projection/weight")));
}

}  // namespace
}  // namespace tessera::whisper
