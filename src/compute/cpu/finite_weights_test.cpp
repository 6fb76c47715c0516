#include "src/compute/cpu/finite_weights.h"

#include <gtest/gtest.h>

#include "src/compute/cpu/engine_test.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

std::string complaint(const ModelWeights& weights) {
  base::ThreadPool pool(3);
  try {
    check_finite(weights, pool);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    return error.what();
  }
  return "";
}

TEST(FiniteWeights, NumbersPass) { EXPECT_EQ(complaint(*random_weights()), ""); }

TEST(FiniteWeights, TheFirstTensorWithoutOneIsNamed) {
  for (const float value : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    const auto weights = random_weights(kTestDims, [&](const std::string& name, auto& x) {
      if (name == "model.decoder.layers.1.fc2.weight") x.back() = value;
      if (name == "model.encoder.layers.1.fc1.bias") x[5] = value;
    });
    EXPECT_EQ(complaint(*weights),
              "model: expected finite weights, found NaN or infinity in "
              "model.encoder.layers.1.fc1.bias");
  }
}

TEST(FiniteWeights, HalvesToo) {
  // The largest finite numbers, then infinity, at an odd address.
  for (const auto& [dtype, largest] : {std::pair{DType::f16, 0x7bff}, {DType::bf16, 0x7f7f}}) {
    const auto weights = random_weights();
    std::vector<std::byte> bytes(2 * static_cast<std::size_t>(kTestDims.n_audio_state) + 1);
    const auto fill = [&](int bits) {
      for (std::size_t i = 1; i < bytes.size(); i += 2) {
        bytes[i] = static_cast<std::byte>(bits & 0xff);
        bytes[i + 1] = static_cast<std::byte>(bits >> 8);
      }
    };
    weights->encoder_norm.beta.dtype = dtype;
    weights->encoder_norm.beta.data = bytes.data() + 1;
    fill(largest);
    EXPECT_EQ(complaint(*weights), "");
    fill(largest + 1);
    EXPECT_NE(complaint(*weights), "");
  }
}

}  // namespace
}  // namespace tessera::compute::cpu
