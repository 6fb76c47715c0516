#include "bench/activations.h"

#include <filesystem>

#include "src/compute/devices.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_catalog.h"
#include "src/whisper/model_formats.h"
#include "src/whisper/recording.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using compute::ModelWeights;
using compute::Tensor;

constexpr int kSide = compute::kernels::kTile;
constexpr int kHeads = 2;
// Positions of 20 ms. The sample speaks from 0.3 s to 1.6 s ("Hello from Tessera") and from 2.2 s
// to 4.3 s ("Please bring me coffee and cake").
constexpr int kPlaces[] = {16, 128};

// The window that the encoder sees: (n_mels, 3000).
Tensor log_mel(const std::string& sound, int n_mels) {
  const whisper::LogMel mel =
      whisper::read_recording(whisper::open_recording(sound, -1), {}, n_mels, {}).mel;
  Tensor window(compute::DType::f32, n_mels, whisper::kWindowFrames);
  mel.window(0, mel.content_frames(), window.values<float>());
  return window;
}

// What the self-attention of a layer reads: the model cut before it, with its norm for the last.
// (n_audio_ctx, n_audio_state)
std::shared_ptr<const compute::EncodedWindow> inputs_of_layer(const ModelWeights& weights,
                                                              std::size_t layer, const Tensor& mel,
                                                              compute::Device& device) {
  auto cut = std::make_shared<ModelWeights>(weights);
  cut->encoder_norm = weights.encoder[layer].attention_norm;
  cut->encoder.resize(layer);
  cut->dims.n_audio_layers = static_cast<int>(layer);
  cut->decoder.clear();  // and no keys and values for it
  const compute::TensorView view = mel.view();
  return device.load_encoder(cut, compute::Precision::f32)->encode({&view, 1}, {}).front();
}

// One head's rows of x W^T + b, from 64 rows of x on. (64, 64)
std::vector<double> project(const compute::LinearWeights& linear, const compute::TensorView& x,
                            int first_row, int head) {
  const std::vector<float> weight = to_f32(linear.weight);  // (width, width)
  const std::vector<float> bias =
      linear.bias.present() ? to_f32(linear.bias) : std::vector<float>(weight.size() / x.cols);
  std::vector<double> out;
  for (int row = first_row; row < first_row + kSide; ++row) {
    const auto in = x.row<float>(row);
    for (int channel = head * kSide; channel < (head + 1) * kSide; ++channel) {
      const float* factors = weight.data() + static_cast<std::size_t>(channel) * in.size();
      double sum = bias[static_cast<std::size_t>(channel)];
      for (std::size_t i = 0; i < in.size(); ++i) sum += static_cast<double>(in[i]) * factors[i];
      out.push_back(sum);
    }
  }
  return out;
}

}  // namespace

std::vector<RealTile> captured_tiles() {
  const std::filesystem::path folder = whisper::find_model(whisper::kShippedModel, "");
  const whisper::LoadedModel model = whisper::load_model(folder);
  const ModelWeights& weights = *model.weights;
  const Tensor mel = log_mel(folder / "sample.wav", weights.dims.n_mels);
  const auto device = compute::open_device(compute::DeviceSpec::parse("reference"));
  std::vector<RealTile> tiles;
  for (std::size_t layer = 0; layer < weights.encoder.size(); ++layer) {
    const auto window = inputs_of_layer(weights, layer, mel, *device);
    const compute::AttentionWeights& attention = weights.encoder[layer].attention;
    for (int head = 0; head < kHeads; ++head) {
      for (const int place : kPlaces) {
        tiles.push_back({project(attention.query, window->states(), place, head),
                         project(attention.key, window->states(), place, head),
                         project(attention.value, window->states(), place, head)});
      }
    }
  }
  return tiles;
}

}  // namespace tessera::bench
