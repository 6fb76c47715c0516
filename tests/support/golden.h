// Comparing with what the reference implementations answered (tests/golden, tools/goldens).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/compute/device.h"
#include "src/whisper/decoder.h"
#include "tessera/model.h"
#include "tessera/options.h"

namespace tessera::testing_support {

/// Reads a golden file; a missing or damaged one throws.
nlohmann::json read_golden(const std::filesystem::path& path);

/// Fails the running test unless the model's weights are those the golden data were made with.
void expect_same_weights(const nlohmann::json& golden,
                         const std::filesystem::path& model_directory);

/// The log-mel of the first 30 seconds of a recording, as an encoder of that model takes it.
compute::Tensor first_window(const std::filesystem::path& recording,
                             const detail::ModelData& model);

/// A model in float32, window by window.
class Listener {
 public:
  explicit Listener(const std::string& model_directory, const std::string& device = "reference");

  /// Encodes the first 30 seconds of a recording.
  std::shared_ptr<const compute::EncodedWindow> encode(const std::filesystem::path& recording);
  /// Decodes a window in English, at most `max_tokens`.
  whisper::WindowText decode(const std::shared_ptr<const compute::EncodedWindow>& window,
                             bool timestamps, int max_tokens);

  const detail::ModelData& model() const { return model_.data(); }
  compute::DecoderEngine& decoder() { return *decoder_; }

 private:
  Model model_;
  std::unique_ptr<compute::Device> device_;
  std::unique_ptr<compute::EncoderEngine> encoder_;
  std::unique_ptr<compute::DecoderEngine> decoder_;
};

/// Fails the running test where `tokens` leave `expected` at a step whose best two logits were
/// further apart than kTie; a nearer one is a tie, which float32 sums in another order decide
/// otherwise, and is printed. Returns whether the tokens are equal.
/// `gaps[i]`: by how much the reference's choice i exceeded the second best; null: nothing else was
/// allowed.
bool expect_same_tokens(const std::vector<int>& tokens, const std::vector<int>& expected,
                        const nlohmann::json& gaps, const std::string& where);

/// Logits closer than this may change places between two correct float32 implementations: they are
/// sums of a few hundred products of size 10, each rounded to 2^-24 of itself.
inline constexpr double kTie = 1e-4;

/// Tokens, scores and no-speech probability of every recording of an openai_tokens.py file, with
/// and without timestamps. `find` gives the path of a recording by its name.
void expect_openai_tokens(const nlohmann::json& golden, Listener& listener,
                          const std::function<std::filesystem::path(const std::string&)>& find);

}  // namespace tessera::testing_support
