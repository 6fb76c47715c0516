#include "src/whisper/vad/silero_net.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "src/whisper/vad/test_silero.h"

namespace tessera::whisper {
namespace {

constexpr int kFrame = SileroNet::kFrameSamples;

SileroNet net_of(const SileroTensors& tensors) {
  const std::string bytes = silero_bytes(tensors);
  return SileroNet(SileroWeights(std::as_bytes(std::span(bytes)), "silero.safetensors"));
}

/// As tools/goldens/silero_vad.py: noise that swells and fades; the last frame is not full.
std::vector<float> made_up_sound() {
  std::uint32_t state = 2;
  std::vector<float> sound = silero_draws(kFrame * 70 - 100, state);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    sound[i] *= static_cast<float>(i / kFrame % 9) / 64.0f;
  }
  return sound;
}

/// Probabilities of a sound that comes in pieces of so many samples.
std::vector<float> in_pieces(const SileroNet& net, std::span<const float> sound,
                             std::size_t piece) {
  SpeechProbabilities stream(net);
  std::vector<float> probabilities;
  while (!sound.empty()) {
    const auto now = sound.first(std::min(piece, sound.size()));
    stream.push(now, probabilities);
    sound = sound.subspan(now.size());
  }
  stream.finish(probabilities);
  return probabilities;
}

std::vector<float> golden_probabilities() {
  std::ifstream file(TESSERA_SOURCE_DIR "/tests/golden/silero_vad.json");
  return nlohmann::json::parse(file).at("made_up");
}

// Sums of at most 387 products in float32, in another order than onnxruntime's, through four layers
// and 70 steps of a cell that forgets: measured differences are near 1e-6.
constexpr float kBound = 2e-5f;

TEST(SileroNet, EqualsOnnxruntime) {
  const std::vector<float> expected = golden_probabilities();
  const std::vector<float> found = in_pieces(net_of(made_up_silero()), made_up_sound(), 16000);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], kBound) << i;
}

TEST(SileroNet, DoesNotDependOnThePieces) {
  const SileroNet net = net_of(made_up_silero());
  const std::vector<float> sound = made_up_sound();
  const std::vector<float> whole = in_pieces(net, sound, sound.size());
  for (const std::size_t piece : {1U, 511U, 512U, 513U, 7777U}) {
    const std::vector<float> found = in_pieces(net, sound, piece);
    ASSERT_EQ(found.size(), whole.size()) << piece;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], whole[i], kBound) << piece << " " << i;
    }
  }
}

TEST(SileroNet, TellsAtOnceAndFillsUpTheLastFrame) {
  const SileroNet net = net_of(made_up_silero());
  SpeechProbabilities stream(net);
  std::vector<float> probabilities;
  stream.push(std::vector<float>(kFrame - 1), probabilities);
  EXPECT_EQ(probabilities.size(), 0U);
  stream.push(std::vector<float>(1), probabilities);
  EXPECT_EQ(probabilities.size(), 1U);
  stream.finish(probabilities);
  EXPECT_EQ(probabilities.size(), 1U);
  stream.push(std::vector<float>(1), probabilities);
  stream.finish(probabilities);
  EXPECT_EQ(probabilities.size(), 2U);
}

TEST(SileroNet, HearsWhatItsWeightsHear) {
  const SileroNet net = net_of(loudness_silero());
  std::vector<float> sound(kFrame * 9);
  for (int i = kFrame * 3; i < kFrame * 6; ++i) sound[i] = i % 2 == 0 ? 0.1f : -0.1f;
  const std::vector<float> found = in_pieces(net, sound, sound.size());
  ASSERT_EQ(found.size(), 9U);
  for (const int silent : {0, 1, 2, 7, 8}) EXPECT_LT(found[silent], 0.01f) << silent;
  for (const int loud : {3, 4, 5}) EXPECT_GT(found[loud], 0.9f) << loud;
}

TEST(SileroNet, RefusesSamplesThatAreNoFrames) {
  const SileroNet net = net_of(made_up_silero());
  SileroNet::State state;
  std::vector<float> samples(kFrame + 1), out(1);
  EXPECT_EQ(error_of([&] { net.run(samples, state, out); }),
            "bad_argument: Silero VAD: expected 512 samples, got 513");
}

TEST(SileroNet, NamesTheTensorThatIsWrong) {
  const auto error_with = [](auto change) {
    SileroTensors tensors = made_up_silero();
    change(tensors);
    return error_of([&] { net_of(tensors); });
  };
  EXPECT_EQ(error_with([](SileroTensors& t) { t.erase("conv3.bias"); }),
            "bad_file: silero.safetensors: conv3.bias: expected a tensor of shape [64] as Silero "
            "VAD v6 has it, found none");
  EXPECT_EQ(error_with([](SileroTensors& t) {
              t["conv2.weight"].shape = {128, 64, 3};
            }),
            "bad_file: silero.safetensors: conv2.weight: expected [64, 128, 3], file has [128, 64, "
            "3]");
  EXPECT_EQ(error_with([](SileroTensors& t) {
              t["lstm_cell.bias_hh"].values[511] = std::numeric_limits<float>::quiet_NaN();
            }),
            "bad_file: silero.safetensors: lstm_cell.bias_hh: expected finite numbers");
}

}  // namespace
}  // namespace tessera::whisper
