// The device npu-sim in int8 as a whole, against the reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/compute/cpu/engine_test.h"
#include "src/compute/devices.h"

namespace tessera::compute {
namespace {

/// Columns are padded from 192 to 256, rows from 70 to 512; the last keys are 6.
constexpr ModelDims kSimI8Dims = {.n_mels = 12,
                                  .n_audio_ctx = 70,
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

std::vector<float> states(const DeviceSpec& spec, Precision precision,
                          const std::shared_ptr<const ModelWeights>& weights, const Tensor& mel) {
  const auto device = open_device(spec);
  const TensorView view = mel.view();
  const auto window = device->load_encoder(weights, precision)->encode({&view, 1}, {}).front();
  const auto all = cpu::values_of(window->states());
  return {all.begin(), all.end()};
}

/// A log-mel as it may be: noise within Whisper's bounds.
Tensor noise_mel() {
  Tensor mel = cpu::random_mel(kSimI8Dims, 3);
  for (float& value : mel.values<float>()) value = 0.4f + 0.3f * value;
  return mel;
}

// A normalised number is off by 0.3 of 20 steps to a standard deviation, a weight by 0.3 of 127
// steps to its column's largest, others by as much: 1 to 2 % for each product's result, of what is
// half of x.
TEST(NpuSimI8, AgreesWithTheReferenceAsIntegersDo) {
  const auto weights = cpu::random_weights(kSimI8Dims);
  const Tensor mel = noise_mel();
  const auto reference =
      states({.name = "reference", .options = {}, .threads = 1}, Precision::f32, weights, mel);
  const auto simulated =
      states({.name = "npu-sim", .options = {}, .threads = 1}, Precision::int8, weights, mel);
  const double error = cpu::relative_error(simulated, reference);
  EXPECT_LT(error, 0.04);
  EXPECT_GT(error, 0.005) << "this is not int8";
}

TEST(NpuSimI8, OutlierChannelsCostLittle) {
  // As trained models have: a few channels of LayerNorm with eight times the gain, and of the
  // stream with six times the size.
  const auto weights =
      cpu::random_weights(kSimI8Dims, [](const std::string& name, std::vector<float>& w) {
        for (const std::size_t channel : {5U, 77U, 130U}) {
          if (name.find("encoder.layers") == std::string::npos) continue;
          if (name.ends_with("layer_norm.weight")) w[channel] *= 8;
          if (name.ends_with("out_proj.bias") || name.ends_with("fc2.bias")) w[channel] += 3;
        }
      });
  const Tensor mel = noise_mel();
  const auto reference =
      states({.name = "reference", .options = {}, .threads = 1}, Precision::f32, weights, mel);
  const auto simulated =
      states({.name = "npu-sim", .options = {}, .threads = 1}, Precision::int8, weights, mel);
  EXPECT_LT(cpu::relative_error(simulated, reference), 0.05);
}

TEST(NpuSimI8, ThreadsChangeNoBit) {
  const auto weights = cpu::random_weights(kSimI8Dims);
  const Tensor mel = noise_mel();
  const auto one =
      states({.name = "npu-sim", .options = {}, .threads = 1}, Precision::int8, weights, mel);
  const auto three =
      states({.name = "npu-sim", .options = {}, .threads = 3}, Precision::int8, weights, mel);
  EXPECT_EQ(one, three);
}

TEST(NpuSimI8, SaysThatItIsInt8) {
  const auto device = open_device(DeviceSpec::parse("npu-sim"));
  const auto encoder = device->load_encoder(cpu::random_weights(kSimI8Dims), Precision::int8);
  EXPECT_THAT(device->describe(), testing::HasSubstr("int8 on 16 cores"));
}

}  // namespace
}  // namespace tessera::compute
