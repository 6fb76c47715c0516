// The network of Silero VAD v6 for sound at 16 kHz: how likely each 32 ms of it are speech.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "src/whisper/vad/silero_weights.h"
#include "tessera/ops.h"

namespace tessera::whisper {

/// A short-time spectrum by convolution, four convolutions over its four moments, and an LSTM cell
/// that remembers. Source: tinygrad_model.py and the weights in the PyPI package silero-vad (MIT).
///
/// All but the cell's step from frame to frame is computed for many frames at a time, as products
/// of matrices in float32.
class SileroNet {
 public:
  static constexpr int kFrameSamples = 512;   ///< what one probability is about
  static constexpr int kContextSamples = 64;  ///< of the frame before, which are heard again
  static constexpr int kWidth = 128;          ///< of the LSTM cell

  /// What is known of the sound so far. One made anew knows of none.
  struct State {
    std::array<float, kContextSamples> context{};
    std::array<float, kWidth> hidden{};
    std::array<float, kWidth> cell{};
  };

  /// Copies the weights. Throws as SileroWeights::tensor.
  explicit SileroNet(const SileroWeights& weights);

  /// The probabilities of whole frames that follow each other: samples in [-1, 1], as many as
  /// kFrameSamples x out.size(). Any division of a sound into calls gives the same up to the
  /// rounding of sums. Throws Error{bad_argument} when the sizes do not fit together.
  void run(std::span<const float> samples, State& state, std::span<float> out) const;

 private:
  using Packed = ops::PackedMatrix<float>;

  /// A convolution over time as a product: rows of (taps x channels in) times this.
  struct Convolution {
    Packed weights;
    std::vector<float> bias;
  };

  static Convolution convolution(const SileroWeights& weights, const char* name,
                                 std::array<int, 3> shape, int first_tap, int taps);
  void run_batch(std::span<const float> samples, State& state, std::span<float> out) const;
  std::vector<float> spectra(std::span<const float> samples, const State& state) const;
  float step(State& state, std::span<const float> from_input) const;

  Packed stft_;  // (256, 258): real parts, then imaginary parts
  Convolution conv1_;
  Convolution conv2_;
  Convolution conv3_;
  Convolution conv4_;
  Convolution lstm_input_;  // its bias is that of both halves
  Packed lstm_hidden_;
  std::vector<float> final_weights_;
  float final_bias_;
};

/// Probabilities of samples that come in pieces of any length.
class SpeechProbabilities {
 public:
  /// Borrows the network.
  explicit SpeechProbabilities(const SileroNet& net) : net_(net) {}

  /// Appends to `out` the probability of every frame that is complete now.
  void push(std::span<const float> samples, std::vector<float>& out);

  /// The same of the last frame, filled up with silence, if one has begun.
  void finish(std::vector<float>& out);

 private:
  const SileroNet& net_;
  SileroNet::State state_;
  std::vector<float> pending_;  // less than a frame
};

}  // namespace tessera::whisper
