// The encoder's ends are those of the encoder: with layers that add nothing both give the same.
#include "src/compute/cpu/encoder_ends.h"

#include <algorithm>
#include <limits>

#include "src/compute/cpu/engine_test.h"
#include "src/compute/cpu/window.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

/// Layers whose outputs are zero: x goes through them unchanged.
std::shared_ptr<const ModelWeights> weights_of_idle_layers() {
  return random_weights(kTestDims, [](const std::string& name, std::vector<float>& values) {
    const bool writes =
        name.find("encoder.layers") != std::string::npos &&
        (name.find("out_proj") != std::string::npos || name.find("fc2") != std::string::npos);
    if (writes) std::fill(values.begin(), values.end(), 0.0f);
  });
}

TEST(CpuEncoderEnds, AreThoseOfTheEncoder) {
  const auto weights = weights_of_idle_layers();
  const Tensor mel = random_mel(kTestDims, 5);
  const TensorView view = mel.view();
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    SCOPED_TRACE(precision_name(precision));
    const auto device = open_device(DeviceSpec::parse("cpu"));
    const auto encoder = device->load_encoder(weights, precision);
    const auto ends = device->load_encoder_ends(weights, precision);
    const auto expected = encoder->encode({&view, 1}, {}).front();
    const Tensor x = ends->enter(view);
    ASSERT_EQ(x.rows(), kTestDims.n_audio_ctx);
    ASSERT_EQ(x.cols(), kTestDims.n_audio_state);
    const auto window = ends->leave(x.view());
    // In int8 the stream is rotated, and back and forth once more between the ends.
    const double tolerance = precision == Precision::int8 ? 1e-5 : 0;
    EXPECT_LE(relative_error(values_of(window->states()), values_of(expected->states())),
              tolerance);
    const auto& ours = static_cast<const CpuWindow&>(*window).cross();
    const auto& theirs = static_cast<const CpuWindow&>(*expected).cross();
    ASSERT_EQ(ours.size(), theirs.size());
    // A number that lies between two bytes may go to the other one.
    const double byte_tolerance = precision == Precision::int8 ? 1e-3 : 0;
    for (std::size_t layer = 0; layer < ours.size(); ++layer) {
      for (int head = 0; head < kTestDims.n_text_heads; ++head) {
        EXPECT_LE(relative_error(ours[layer].keys_of(head), theirs[layer].keys_of(head)),
                  byte_tolerance);
        EXPECT_LE(relative_error(ours[layer].values_of(head), theirs[layer].values_of(head)),
                  byte_tolerance);
      }
    }
  }
}

TEST(CpuEncoderEnds, RefuseOtherSizesAndNumbersThatAreNone) {
  const auto device = open_device(DeviceSpec::parse("cpu"));
  const auto ends = device->load_encoder_ends(random_weights(), Precision::f32);
  const Tensor narrow(DType::f32, kTestDims.n_mels - 1, 2 * kTestDims.n_audio_ctx);
  EXPECT_THROW(ends->enter(narrow.view()), Error);
  Tensor broken = random_mel(kTestDims, 1);
  broken.row<float>(3)[17] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(ends->enter(broken.view()), Error);
  const Tensor few(DType::f32, kTestDims.n_audio_ctx - 1, kTestDims.n_audio_state);
  EXPECT_THROW(ends->leave(few.view()), Error);
}

}  // namespace
}  // namespace tessera::compute::cpu
