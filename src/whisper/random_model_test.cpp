#include "src/whisper/random_model.h"

#include <gmock/gmock.h>

#include <cmath>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::ModelWeights;
using compute::WeightSlot;
using compute::WeightView;
using testing::AllOf;
using testing::HasSubstr;

const std::string kSmall = "random:tiny,width=64,layers=2,vocab=100,audio_ctx=20";

LoadedWeights make(const std::string& text) { return make_random_model(parse_random_model(text)); }

/// FNV-1a over the bytes of every tensor but the sinusoids.
std::uint64_t hash(const LoadedWeights& loaded) {
  ModelWeights copy = *loaded.weights;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const WeightSlot& slot : compute::weight_slots(copy)) {
    if (slot.view == &copy.audio_positions) continue;
    const auto bytes =
        static_cast<std::size_t>(slot.view->elements()) * compute::element_bytes(slot.view->dtype);
    for (std::size_t i = 0; i < bytes; ++i) {
      hash = (hash ^ std::to_integer<std::uint64_t>(slot.view->data[i])) * 0x100000001b3u;
    }
  }
  return hash;
}

double mean(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<float>& values) {
  const double centre = mean(values);
  double sum = 0;
  for (const float value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST(RandomModelSpec, TakesOfficialSizes) {
  const RandomModelSpec tiny = parse_random_model("random:tiny.en");
  EXPECT_EQ(tiny.dims,
            (compute::ModelDims{80, 1500, 384, 6, 4, 1536, 51864, 448, 384, 6, 4, 1536}));
  EXPECT_EQ(tiny.dtype, DType::f32);
  const RandomModelSpec turbo = parse_random_model("random:turbo");
  EXPECT_EQ(turbo.dims,
            (compute::ModelDims{128, 1500, 1280, 20, 32, 5120, 51866, 448, 1280, 20, 4, 5120}));
  EXPECT_EQ(turbo.dtype, DType::f16);
  EXPECT_EQ(parse_random_model("random:large").name, "large-v3");
  EXPECT_EQ(parse_random_model("random:medium").dims.n_vocab, 51865);
}

TEST(RandomModelSpec, TakesOptions) {
  const RandomModelSpec spec = parse_random_model(
      "random:base,seed=18446744073709551615,outliers,vocab=7,width=128,encoder_layers=3,"
      "decoder_layers=2,mels=9,audio_ctx=5,text_ctx=4,dtype=bf16");
  EXPECT_EQ(spec.seed, ~std::uint64_t{0});
  EXPECT_TRUE(spec.outliers);
  EXPECT_EQ(spec.dtype, DType::bf16);
  EXPECT_EQ(spec.dims, (compute::ModelDims{9, 5, 128, 2, 3, 512, 7, 4, 128, 2, 2, 512}));
}

TEST(RandomModelSpec, NamesTheWrongPart) {
  const std::pair<const char*, const char*> cases[] = {
      {"base", "expected random:NAME"},
      {"random:", "unknown size ''"},
      {"random:huge,seed=1", "unknown size 'huge'"},
      {"random:base,", "unknown option ''"},
      {"random:base,outlier", "unknown option 'outlier'"},
      {"random:base,outliers=1", "unknown option 'outliers=1'"},
      {"random:base,colour=1", "unknown option 'colour=1'"},
      {"random:base,seed", "unknown option 'seed'"},
      {"random:base,seed=", "seed: expected a whole number, got ''"},
      {"random:base,seed=-1", "seed: expected a whole number, got '-1'"},
      {"random:base,seed=1x", "seed: expected a whole number, got '1x'"},
      {"random:base,seed=18446744073709551616", "seed: expected a whole number"},
      {"random:base,width=96", "width: expected a multiple of 64 from 64 to 4096, got 96"},
      {"random:base,width=0", "width: expected a multiple of 64"},
      {"random:base,layers=0", "layers: expected from 1 to 128, got 0"},
      {"random:base,vocab=99999999999", "vocab: expected from 1 to 1048576"},
      {"random:base,dtype=i8", "dtype: expected f32, f16 or bf16, got 'i8'"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(error_of([text = text] { parse_random_model(text); }),
                AllOf(HasSubstr("bad_argument: "), HasSubstr(text), HasSubstr(message)))
        << text;
  }
}

TEST(RandomModel, IsCompleteAndKnowsItsHeads) {
  const LoadedWeights model = make(kSmall);
  ModelWeights copy = *model.weights;
  EXPECT_NO_THROW(compute::check_weights(copy, "random"));
  EXPECT_EQ(model.config.dims, model.weights->dims);
  EXPECT_EQ(model.config.alignment_heads, (std::vector<AlignmentHead>{{1, 0}}));
  EXPECT_EQ(model.config.is_multilingual, std::nullopt);

  // The decoder is still tiny's with another encoder.
  const LoadedWeights tiny =
      make("random:tiny,encoder_layers=1,audio_ctx=4,text_ctx=4,mels=4,dtype=f16");
  EXPECT_EQ(tiny.config.alignment_heads, find_official_model("tiny")->alignment_heads);
  EXPECT_EQ(tiny.config.is_multilingual, true);
}

TEST(RandomModel, GivesTheSameBitsEverywhere) {
  // Written down once: another machine or compiler must arrive at them too.
  EXPECT_EQ(hash(make(kSmall)), 0x53c5bd79781d7567u);
  EXPECT_EQ(hash(make(kSmall + ",seed=1")), 0xaa843d7735469300u);
  EXPECT_EQ(hash(make(kSmall + ",outliers,dtype=f16")), 0x333b407d25547189u);
}

TEST(RandomModel, HasRealisticSizes) {
  const LoadedWeights model = make("random:tiny,width=256,layers=2,vocab=2000,text_ctx=100");
  const ModelWeights& weights = *model.weights;
  const auto check = [](const WeightView& view, double centre, double spread) {
    const std::vector<float> values = compute::to_f32(view);
    const double n = static_cast<double>(values.size());
    // Five standard errors of mean and deviation.
    EXPECT_NEAR(mean(values), centre, 5 * spread / std::sqrt(n));
    EXPECT_NEAR(deviation(values), spread, 5 * spread / std::sqrt(2 * n));
  };
  check(weights.encoder[0].attention_norm.gamma, 1, 0.2041);
  check(weights.encoder[1].ffn_norm.beta, 0, 0.1021);
  check(weights.encoder[0].attention.query.weight, 0, 1.6 / 16);
  check(weights.encoder[0].attention.value.weight, 0, 1.0 / 16);
  check(weights.encoder[1].attention.out.weight, 0, 2 / std::sqrt(4.0) / 16);
  check(weights.decoder[1].ffn_down.weight, 0, 2 / std::sqrt(6.0) / 32);
  check(weights.conv1.weight, 0, 1.5 / std::sqrt(240.0));
  check(weights.token_embedding, 0, 2.5 / 16);
  EXPECT_FALSE(weights.encoder[0].attention.key.bias.present());
}

TEST(RandomModel, TensorsAreIndependent) {
  const LoadedWeights model = make(kSmall);
  const auto correlation = [](const WeightView& x, const WeightView& y) {
    const std::vector<float> a = compute::to_f32(x);
    const std::vector<float> b = compute::to_f32(y);
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum / (static_cast<double>(a.size()) * deviation(a) * deviation(b));
  };
  const auto& layers = model.weights->encoder;
  const double limit = 5 / std::sqrt(64.0 * 64.0);
  EXPECT_LT(std::abs(correlation(layers[0].attention.query.weight, layers[0].attention.key.weight)),
            limit);
  EXPECT_LT(
      std::abs(correlation(layers[0].attention.query.weight, layers[1].attention.query.weight)),
      limit);
  const LoadedWeights other = make(kSmall + ",seed=1");
  EXPECT_LT(std::abs(correlation(layers[0].attention.query.weight,
                                 other.weights->encoder[0].attention.query.weight)),
            limit);
}

TEST(RandomModel, OutliersEnlargeSixChannels) {
  const LoadedWeights plain = make(kSmall);
  const LoadedWeights stressed = make(kSmall + ",outliers");
  const auto ratio = [](const WeightView& a, const WeightView& b, std::size_t i) {
    return compute::to_f32(a)[i] / compute::to_f32(b)[i];
  };
  const auto& norm = stressed.weights->encoder[1].ffn_norm.gamma;
  const auto& plain_norm = plain.weights->encoder[1].ffn_norm.gamma;
  int enlarged = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const float factor = ratio(norm, plain_norm, i);
    EXPECT_TRUE(factor == 1 || factor == 8) << i << ": " << factor;
    if (factor == 8) ++enlarged;
  }
  EXPECT_EQ(enlarged, 6);
  EXPECT_EQ(ratio(norm, plain_norm, 37), 8);
  // Channel 37 of the second convolution: 64 inputs x 3 taps.
  EXPECT_NEAR(ratio(stressed.weights->conv2.weight, plain.weights->conv2.weight, 37 * 192 + 191), 6,
              1e-5);
  EXPECT_EQ(ratio(stressed.weights->conv2.weight, plain.weights->conv2.weight, 38 * 192), 1);
  EXPECT_EQ(ratio(stressed.weights->decoder_norm.gamma, plain.weights->decoder_norm.gamma, 37), 1);
}

TEST(RandomModel, PositionsAreTheSinusoids) {
  const LoadedWeights model = make("random:tiny,layers=1,vocab=10");
  const std::vector<float> positions = compute::to_f32(model.weights->audio_positions);
  // openai/whisper, sinusoids(1500, 384): rows 1 and 1499.
  EXPECT_FLOAT_EQ(positions[384], 0.84147098f);
  EXPECT_FLOAT_EQ(positions[384 + 192], 0.54030231f);
  EXPECT_NEAR(positions[384 + 191], 1e-4, 1e-9);
  EXPECT_NEAR(positions[1499 * 384 + 191], 0.14933, 2e-4);
}

}  // namespace
}  // namespace tessera::whisper
