// Where weights lie in an encoder's image, and that folding changes no product.
#include "src/compute/npu/engine/encoder_image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

#include "src/compute/dtype.h"
#include "src/compute/npu/engine/folded_layer.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// 192 columns that are padded to 256, two layers.
constexpr ModelDims kImageDims = {.n_mels = 8,
                                  .n_audio_ctx = 20,
                                  .n_audio_state = 192,
                                  .n_audio_heads = 3,
                                  .n_audio_layers = 2,
                                  .n_audio_ffn = 320,
                                  .n_vocab = 70,
                                  .n_text_ctx = 48,
                                  .n_text_state = 192,
                                  .n_text_heads = 3,
                                  .n_text_layers = 1,
                                  .n_text_ffn = 192};

std::shared_ptr<ModelWeights> random_image_model() {
  auto weights = std::make_shared<ModelWeights>();
  weights->dims = kImageDims;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const WeightSlot& slot : weight_slots(*weights)) {
    auto values = std::make_shared<std::vector<float>>(
        static_cast<std::size_t>(slot.shape[0] * slot.shape[1] * slot.shape[2]));
    for (float& value : *values) value = normal(random);
    *slot.view = {DType::f32, slot.shape, reinterpret_cast<const std::byte*>(values->data())};
    weights->storage.push_back(values);
  }
  return weights;
}

TEST(EncoderImage, PanelsFollowEachOtherInThePlansOrder) {
  for (const std::int64_t element_bytes : {1, 2}) {
    const EncoderShape shape = encoder_shape(kImageDims, element_bytes);
    const EncoderLayout layout = encoder_layout(shape);
    const std::pair<EncoderProduct, std::pair<std::int64_t, std::int64_t>> products[] = {
        {EncoderProduct::qkv, {3 * layout.width, layout.width}},
        {EncoderProduct::out, {layout.width, layout.width}},
        {EncoderProduct::up, {layout.hidden, layout.width}},
        {EncoderProduct::down, {layout.width, layout.hidden}}};
    std::int64_t expected = 0;
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
      for (const auto& [product, size] : products) {
        for (std::int64_t block = 0; block < size.first / 64; ++block) {
          for (std::int64_t panel = 0; panel <= size.second * element_bytes / 64; ++panel) {
            ASSERT_EQ(weight_panel(shape, layer, product, block, panel), expected);
            expected += kPanelBytes;
          }
        }
      }
      EXPECT_EQ(expected, (layer + 1) * encoder_layer_bytes(shape));
    }
  }
}

float image_number(const EncoderImage& image, std::int64_t place, std::int64_t row,
                   std::int64_t column) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, image.weights.data() + place + (row * 64 + column) * 2, 2);
  return bf16_to_f32(bits);
}

TEST(EncoderImage, BiasesAreTwoNumbersAndWeightsOne) {
  const auto weights = random_image_model();
  const EncoderImage image = pack_encoder_bf16(*weights);
  const FoldedLayer folded = fold_layer(weights->encoder[1]);
  for (const int n : {0, 63, 64, 191}) {
    for (const auto& [product, first] : {std::pair{&folded.query, 0}, std::pair{&folded.key, 256},
                                         std::pair{&folded.value, 512}}) {
      const std::int64_t block = (first + n) / 64, column = n % 64;
      const std::int64_t place = weight_panel(image.shape, 1, EncoderProduct::qkv, block, 0);
      const float bias = product->bias[static_cast<std::size_t>(n)];
      for (std::int64_t row = 0; row < 4; ++row) {
        EXPECT_NEAR(
            image_number(image, place, row, column) + image_number(image, place, row + 4, column),
            bias, std::fabs(bias) * 0x1p-16f);
      }
      for (const std::int64_t k : {0, 31, 32, 191}) {
        const std::int64_t panel =
            weight_panel(image.shape, 1, EncoderProduct::qkv, block, 1 + k / 32);
        const float value = product->weight[static_cast<std::size_t>(n * 192 + k)];
        EXPECT_EQ(image_number(image, panel, k % 32, column), bf16_to_f32(f32_to_bf16(value)));
      }
      EXPECT_EQ(image_number(image, weight_panel(image.shape, 1, EncoderProduct::qkv, block, 7), 0,
                             column),
                0.0f)
          << "row 192 of 256 is padding";
    }
  }
}

TEST(EncoderImage, FoldedQueriesAreThoseOfTheNorm) {
  const auto weights = random_image_model();
  const EncoderLayerWeights& layer = weights->encoder[0];
  const FoldedLayer folded = fold_layer(layer);
  const auto gamma = to_f32(layer.attention_norm.gamma), beta = to_f32(layer.attention_norm.beta);
  const auto matrix = to_f32(layer.attention.query.weight);
  const auto bias = to_f32(layer.attention.query.bias);
  for (std::size_t n = 0; n < 192; n += 17) {
    double expected = static_cast<double>(bias[n]), got = static_cast<double>(folded.query.bias[n]);
    double size = 0;
    for (std::size_t k = 0; k < 192; ++k) {
      const double x = std::sin(static_cast<double>(k));
      const double normed = x * static_cast<double>(gamma[k]) + static_cast<double>(beta[k]);
      expected += static_cast<double>(matrix[n * 192 + k]) * normed;
      got += static_cast<double>(folded.query.weight[n * 192 + k]) * x;
      size += std::fabs(static_cast<double>(matrix[n * 192 + k]) * normed);
    }
    // Weights are rounded when gamma and the scale are taken in, three times.
    EXPECT_NEAR(got, expected * std::numbers::log2e / 8, 4 * 0x1p-24 * size) << n;
  }
  EXPECT_EQ(folded.key.bias.size(), 192U) << "keys have none of their own, but beta's";
}

TEST(EncoderImage, WhatEntersLeaves) {
  const auto weights = random_image_model();
  const EncoderImage image = pack_encoder_bf16(*weights);
  Tensor x(DType::f32, kImageDims.n_audio_ctx, kImageDims.n_audio_state);
  std::mt19937 random(4);
  std::normal_distribution<float> normal(2, 3);
  for (float& value : x.values<float>()) value = normal(random);
  const EncoderLayout layout = encoder_layout(image.shape);
  std::vector<std::byte> work(static_cast<std::size_t>(layout.bytes));
  image.enter(x.view(), work);
  const Tensor left = image.leave(work);
  for (int row = 0; row < x.rows(); ++row) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < 192; ++i) {
      ASSERT_EQ(left.row<float>(row)[i], bf16_to_f32(f32_to_bf16(x.row<float>(row)[i])));
      std::uint16_t bits = 0;
      const std::int64_t place =
          layout.normed + (row * layout.width + static_cast<std::int64_t>(i)) * 2;
      std::memcpy(&bits, work.data() + place, 2);
      sum += static_cast<double>(bf16_to_f32(bits));
      squares += std::pow(static_cast<double>(bf16_to_f32(bits)), 2);
    }
    EXPECT_NEAR(sum / 192, 0, 0x1p-9) << "192 roundings of 2^-9";
    EXPECT_NEAR(squares / 192, 1, 0x1p-8);
  }
}

TEST(EncoderImage, RefusesHeadsOfAnotherWidth) {
  ModelDims dims = kImageDims;
  dims.n_audio_heads = 4;
  EXPECT_THROW(encoder_shape(dims, 2), Error);
}

}  // namespace
}  // namespace tessera::compute::npu
