#include "tests/support/golden.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iostream>

#include "src/base/mapped_file.h"
#include "src/compute/devices.h"
#include "src/whisper/audio.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_data.h"

namespace tessera::testing_support {

nlohmann::json read_golden(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  return nlohmann::json::parse(file);
}

void expect_same_weights(const nlohmann::json& golden,
                         const std::filesystem::path& model_directory) {
  const base::MappedFile weights(model_directory / "model.safetensors");
  const auto bytes = weights.bytes();
  EXPECT_EQ(golden.at("model").at("model.safetensors crc32").get<uLong>(),
            crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()))
      << "the golden data were made with other weights: make them again (make goldens)";
}

compute::Tensor first_window(const std::filesystem::path& recording,
                             const detail::ModelData& model) {
  whisper::AudioStream audio = whisper::AudioStream::open_file(recording.string());
  whisper::LogMelBuilder builder(model.config.dims.n_mels);
  std::array<float, 4096> chunk;
  while (const std::size_t samples = audio.read(chunk)) {
    builder.push(std::span(chunk).first(samples));
  }
  const whisper::LogMel mel = builder.finish();
  compute::Tensor window(compute::DType::f32, mel.n_mels(), whisper::kWindowFrames);
  mel.window(0, std::min(whisper::kWindowFrames, mel.content_frames()), window.values<float>());
  return window;
}

Listener::Listener(const std::string& model_directory, const std::string& device)
    : model_(Model::load(model_directory)),
      device_(compute::open_device(compute::DeviceSpec::parse(device))),
      encoder_(device_->load_encoder(model_.data().weights, compute::Precision::f32)),
      decoder_(device_->load_decoder(model_.data().weights, compute::Precision::f32)) {}

std::shared_ptr<const compute::EncodedWindow> Listener::encode(
    const std::filesystem::path& recording) {
  const compute::Tensor window = first_window(recording, model_.data());
  const compute::TensorView view = window.view();
  return encoder_->encode({&view, 1}, {}).front();
}

whisper::WindowText Listener::decode(const std::shared_ptr<const compute::EncodedWindow>& window,
                                     bool timestamps, int max_tokens) {
  Options options;
  options.timestamps = timestamps;
  options.max_tokens = max_tokens;
  options.beam_size = 1;
  options.temperatures = {0};
  const whisper::WindowDecoder decoder(model_.data().tokenizer, model_.data().config.dims, options,
                                       "en");
  return decoder.decode(*decoder_, window, {}, 0, {});
}

bool expect_same_tokens(const std::vector<int>& tokens, const std::vector<int>& expected,
                        const nlohmann::json& gaps, const std::string& where) {
  if (tokens == expected) return true;
  const auto [ours, theirs] =
      std::mismatch(tokens.begin(), tokens.end(), expected.begin(), expected.end());
  const auto step = static_cast<std::size_t>(theirs - expected.begin());
  const double gap =
      step < gaps.size() && gaps[step].is_number() ? gaps[step].get<double>() : HUGE_VAL;
  const auto name = [](auto at, auto end) { return at == end ? -1 : *at; };
  if (gap < kTie) {
    std::cout << "tie: " << where << ", step " << step << ": the best two logits are " << gap
              << " apart\n";
    return false;
  }
  ADD_FAILURE() << where << ", step " << step << ": expected token " << name(theirs, expected.end())
                << ", got " << name(ours, tokens.end())
                << " (-1: the end); the best two logits are " << gap << " apart";
  return false;
}

void expect_openai_tokens(const nlohmann::json& golden, Listener& listener,
                          const std::function<std::filesystem::path(const std::string&)>& find) {
  ASSERT_FALSE(golden.at("recordings").empty());
  const int max_tokens = golden.at("max_tokens");
  std::size_t equal = 0;
  std::size_t compared = 0;
  for (const nlohmann::json& recording : golden.at("recordings")) {
    const std::string name = recording.at("file");
    const auto window = listener.encode(find(name));
    for (const bool timestamps : {false, true}) {
      const std::string mode = timestamps ? "with_timestamps" : "without_timestamps";
      const nlohmann::json& expected = recording.at(mode);
      std::string where = name;
      where.append(" ").append(mode);
      const whisper::WindowText text = listener.decode(window, timestamps, max_tokens);
      ++compared;
      if (!expect_same_tokens(text.tokens, expected.at("tokens"), expected.at("gaps"), where)) {
        continue;
      }
      ++equal;
      EXPECT_NEAR(text.avg_logprob, expected.at("avg_logprob").get<double>(), 1e-4) << name;
      EXPECT_NEAR(text.no_speech_prob, expected.at("no_speech_prob").get<double>(), 1e-4) << name;
      const double ratio = expected.at("compression_ratio");  // stored with 8 digits
      EXPECT_NEAR(text.compression_ratio, ratio, 1e-7 * ratio) << name;
    }
  }
  std::cout << equal << " of " << compared << " token sequences are identical\n";
}

}  // namespace tessera::testing_support
