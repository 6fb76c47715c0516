#include "bench/peers/own_engine.h"

#include <array>
#include <span>
#include <utility>

#include "src/base/stopwatch.h"
#include "src/compute/devices.h"
#include "src/compute/logits.h"
#include "tessera/error.h"
#include "tessera/info.h"

namespace tessera::bench {
namespace {

using namespace compute;  // NOLINT: this file is about them

using Windows = std::vector<std::shared_ptr<const EncodedWindow>>;

/// The same encoder in a model without a decoder, so that it computes no keys and values for one.
std::shared_ptr<const ModelWeights> without_decoder(const ModelWeights& weights) {
  auto copy = std::make_shared<ModelWeights>(weights);
  copy->dims.n_text_layers = 0;
  copy->decoder.clear();
  return copy;
}

class OwnEngine : public Contender {
 public:
  OwnEngine(const std::string& device, Precision precision,
            std::shared_ptr<const ModelWeights> weights, const Job& job)
      : job_(job) {
    DeviceSpec spec = DeviceSpec::parse(device);
    spec.threads = job.threads;
    device_ = open_device(spec);
    alone_ = device_->load_encoder(without_decoder(*weights), precision);
    encoder_ = device_->load_encoder(weights, precision);
    decoder_ = device_->load_decoder(std::move(weights), precision);
    for (const Tensor& mel : job.mels) mels_.push_back(mel.view());
    introduction_ = {
        .version = version(),
        .settings = device_->describe(),
        .tasks = {{task::kEncode, "the encoder alone"},
                  {task::kEncodeCross, "encoder, cross keys and values"},
                  {task::kWindow, "encoder, cross keys and values, decoder steps"},
                  {task::kWindows, "one batch in encoder and decoder"}},
        .decode = "prompt and decoder steps",
        .answers = {"states", "logits"},
    };
  }

  const Introduction& introduction() const override { return introduction_; }

  Timing run(const std::string& task) override {
    const auto mels = std::span(mels_).first(task == task::kWindows ? mels_.size() : 1);
    double encode_s = 0, decode_s = 0;
    if (task == task::kEncode) {
      base::Stopwatch::timed(encode_s, [&] { return alone_->encode(mels, {})[0]->states().rows; });
      return {1e3 * encode_s, 0};
    }
    const Windows windows =
        base::Stopwatch::timed(encode_s, [&] { return encoder_->encode(mels, {}); });
    if (task != task::kEncodeCross) {
      base::Stopwatch::timed(decode_s, [&] { return decode(windows); });
    }
    return {1e3 * (encode_s + decode_s), 1e3 * decode_s};
  }

  std::vector<float> answer(const std::string& name) override {
    const Windows windows = encoder_->encode(std::span(mels_).first(1), {});
    if (name == "states") {
      const TensorView states = windows[0]->states();
      std::vector<float> values;
      for (int row = 0; row < states.rows; ++row) {
        const auto part = states.row<float>(row);
        values.insert(values.end(), part.begin(), part.end());
      }
      return values;
    }
    const auto session = decoder_->open_session();
    const StreamInput input = {session->open_stream(windows[0]), job_.prompt};
    const auto logits = session->step({&input, 1}, {}).row<float>(0);
    return {logits.begin(), logits.end()};
  }

 private:
  /// The likeliest token but the end of the text, found as a search finds it.
  int choose(std::span<const float> logits) const {
    std::array<int, 2> likeliest = {};
    largest(logits, likeliest);
    return likeliest[0] == job_.end ? likeliest[1] : likeliest[0];
  }

  /// Returns the last tokens, so that nothing can be left out.
  std::vector<int> decode(const Windows& windows) {
    const auto session = decoder_->open_session();
    std::vector<int> streams, last(windows.size());
    for (const auto& window : windows) streams.push_back(session->open_stream(window));
    for (int i = 0; i < job_.tokens; ++i) {
      std::vector<StreamInput> inputs;
      for (std::size_t s = 0; s < streams.size(); ++s) {
        const std::span<const int> tokens =
            i == 0 ? std::span<const int>(job_.prompt) : std::span<const int>(last).subspan(s, 1);
        inputs.push_back({streams[s], tokens});
      }
      TensorView logits = session->step(inputs, {});
      for (int s = 0; s < logits.rows; ++s) {
        last[static_cast<std::size_t>(s)] = choose(logits.row<float>(s));
      }
    }
    return last;
  }

  const Job& job_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<EncoderEngine> alone_, encoder_;
  std::unique_ptr<DecoderEngine> decoder_;
  std::vector<TensorView> mels_;
  Introduction introduction_;
};

}  // namespace

std::unique_ptr<Contender> own_engine(const std::string& device, Precision precision,
                                      std::shared_ptr<const ModelWeights> weights, const Job& job) {
  return std::make_unique<OwnEngine>(device, precision, std::move(weights), job);
}

}  // namespace tessera::bench
