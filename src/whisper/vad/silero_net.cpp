#include "src/whisper/vad/silero_net.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

// The network's sizes, as tinygrad_model.py has them.
constexpr int kSpectrumSamples = 256;
constexpr int kHop = 128;
constexpr int kBins = kSpectrumSamples / 2 + 1;
constexpr int kReflected = 64;  // samples at the end of a frame that are heard backwards after it
constexpr int kMoments = 4;     // spectra of a frame
constexpr int kTaps = 3;
constexpr int kChannels1 = 128, kChannels2 = 64, kChannels3 = 64, kChannels4 = 128;
constexpr int kGates = 4;

constexpr int kHeardSamples = SileroNet::kContextSamples + SileroNet::kFrameSamples;
static_assert((kHeardSamples + kReflected - kSpectrumSamples) / kHop + 1 == kMoments);

// Frames computed at a time: their spectra and channels stay in a second-level cache of 512 KB.
constexpr int kBatchFrames = 32;

/// The transposed of a matrix (rows, columns), packed.
ops::PackedMatrix<float> packed_transposed(std::span<const float> values, int rows, int columns) {
  std::vector<float> transposed(values.size());
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) transposed[c * rows + r] = values[r * columns + c];
  }
  return ops::PackedMatrix<float>({transposed.data(), columns, rows});
}

/// rows x weights, (rows.size() / depth, columns).
std::vector<float> product(std::span<const float> rows, const ops::PackedMatrix<float>& weights) {
  const auto count = static_cast<std::int64_t>(rows.size()) / weights.rows();
  std::vector<float> out(static_cast<std::size_t>(count * weights.columns()));
  ops::matmul({rows.data(), count, weights.rows()}, weights,
              {out.data(), count, weights.columns()});
  return out;
}

void add_bias_and_rectify(std::span<const float> bias, std::span<float> values) {
  for (std::size_t row = 0; row < values.size(); row += bias.size()) {
    for (std::size_t i = 0; i < bias.size(); ++i) {
      values[row + i] = std::max(0.0f, values[row + i] + bias[i]);
    }
  }
}

/// What a convolution of three taps sees: `in` is (frames, times, channels); a frame's outputs are
/// `stride` times apart, the first with its middle tap on time 0, and times beyond the frame are 0.
std::vector<float> taps_of(std::span<const float> in, int times, int channels, int stride) {
  const int outputs = times / stride;
  const std::size_t frame = static_cast<std::size_t>(times) * channels;
  std::vector<float> out(in.size() / frame * outputs * kTaps * channels);
  float* to = out.data();
  for (std::size_t begin = 0; begin < in.size(); begin += frame) {
    for (int t = 0; t < outputs; ++t) {
      const int first = t * stride - 1;
      const int from = std::max(first, 0), until = std::min(first + kTaps, times);
      std::copy_n(in.data() + begin + static_cast<std::size_t>(from) * channels,
                  (until - from) * channels, to + (from - first) * channels);
      to += kTaps * channels;
    }
  }
  return out;  // (frames x outputs, taps x channels)
}

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

/// Within 2^-22, which is near enough for a gate, at the price of an exponential.
float hyperbolic_tangent(float x) { return 2.0f * sigmoid(2.0f * x) - 1.0f; }

}  // namespace

/// Of the three taps those from `first_tap` on are ever on a time that there is.
SileroNet::Convolution SileroNet::convolution(const SileroWeights& weights, const char* name,
                                              std::array<int, 3> shape, int first_tap, int taps) {
  const auto [outputs, inputs, all_taps] = shape;
  const std::vector<float> values =
      weights.tensor(std::string(name) + ".weight", {outputs, inputs, all_taps});
  std::vector<float> rows(static_cast<std::size_t>(outputs) * taps * inputs);
  for (int o = 0; o < outputs; ++o) {
    for (int i = 0; i < inputs; ++i) {
      for (int t = 0; t < taps; ++t) {
        rows[(o * taps + t) * inputs + i] = values[(o * inputs + i) * all_taps + first_tap + t];
      }
    }
  }
  return {packed_transposed(rows, outputs, taps * inputs),
          weights.tensor(std::string(name) + ".bias", {outputs})};
}

SileroNet::SileroNet(const SileroWeights& weights)
    : stft_(packed_transposed(weights.tensor("stft_conv.weight", {2 * kBins, 1, kSpectrumSamples}),
                              2 * kBins, kSpectrumSamples)),
      conv1_(convolution(weights, "conv1", {kChannels1, kBins, kTaps}, 0, kTaps)),
      conv2_(convolution(weights, "conv2", {kChannels2, kChannels1, kTaps}, 0, kTaps)),
      // Of two times one is left, whose first tap is before the frame; of one, only the middle tap
      // is on it.
      conv3_(convolution(weights, "conv3", {kChannels3, kChannels2, kTaps}, 1, 2)),
      conv4_(convolution(weights, "conv4", {kChannels4, kChannels3, kTaps}, 1, 1)),
      lstm_input_{
          packed_transposed(weights.tensor("lstm_cell.weight_ih", {kGates * kWidth, kWidth}),
                            kGates * kWidth, kWidth),
          weights.tensor("lstm_cell.bias_ih", {kGates * kWidth})},
      lstm_hidden_(
          packed_transposed(weights.tensor("lstm_cell.weight_hh", {kGates * kWidth, kWidth}),
                            kGates * kWidth, kWidth)),
      final_weights_(weights.tensor("final_conv.weight", {1, kWidth, 1})),
      final_bias_(weights.tensor("final_conv.bias", {1}).front()) {
  const std::vector<float> more = weights.tensor("lstm_cell.bias_hh", {kGates * kWidth});
  for (std::size_t i = 0; i < more.size(); ++i) lstm_input_.bias[i] += more[i];
}

void SileroNet::run(std::span<const float> samples, State& state, std::span<float> out) const {
  if (samples.size() != out.size() * kFrameSamples) {
    throw Error(ErrorCode::bad_argument, "Silero VAD: expected " +
                                             std::to_string(out.size() * kFrameSamples) +
                                             " samples, got " + std::to_string(samples.size()));
  }
  while (!out.empty()) {
    const std::size_t frames = std::min<std::size_t>(out.size(), kBatchFrames);
    run_batch(samples.first(frames * kFrameSamples), state, out.first(frames));
    samples = samples.subspan(frames * kFrameSamples);
    out = out.subspan(frames);
  }
}

void SileroNet::run_batch(std::span<const float> samples, State& state,
                          std::span<float> out) const {
  std::vector<float> times = spectra(samples, state);  // (frames x 4, 129)
  times = product(taps_of(times, kMoments, kBins, 1), conv1_.weights);
  add_bias_and_rectify(conv1_.bias, times);  // (frames x 4, 128)
  times = product(taps_of(times, kMoments, kChannels1, 2), conv2_.weights);
  add_bias_and_rectify(conv2_.bias, times);  // (frames x 2, 64), which is (frames, 2 taps x 64)
  times = product(times, conv3_.weights);
  add_bias_and_rectify(conv3_.bias, times);  // (frames, 64)
  times = product(times, conv4_.weights);
  add_bias_and_rectify(conv4_.bias, times);                              // (frames, 128)
  const std::vector<float> gates = product(times, lstm_input_.weights);  // (frames, 4 x 128)
  constexpr std::size_t kRow = std::size_t{kGates} * kWidth;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = step(state, std::span(gates).subspan(i * kRow, kRow));
  }
  std::ranges::copy(samples.last(kContextSamples), state.context.begin());
}

/// Magnitudes of the four spectra of each frame, (frames x 4, 129).
std::vector<float> SileroNet::spectra(std::span<const float> samples, const State& state) const {
  const std::size_t frames = samples.size() / kFrameSamples;
  std::vector<float> heard(kHeardSamples + kReflected);
  std::vector<float> pieces;
  pieces.reserve(frames * kMoments * kSpectrumSamples);
  std::span<const float> context = state.context;
  for (std::size_t i = 0; i < frames; ++i) {
    const auto frame = samples.subspan(i * kFrameSamples, kFrameSamples);
    const auto behind = std::ranges::copy(context, heard.begin()).out;
    const auto end = std::ranges::copy(frame, behind).out;
    // The last sample is the mirror and not repeated.
    std::reverse_copy(end - 1 - kReflected, end - 1, end);
    for (int moment = 0; moment < kMoments; ++moment) {
      const auto begin = heard.begin() + moment * kHop;
      pieces.insert(pieces.end(), begin, begin + kSpectrumSamples);
    }
    context = frame.last(kContextSamples);
  }
  const std::vector<float> parts = product(pieces, stft_);  // (frames x 4, 2 x 129)
  std::vector<float> magnitudes(frames * kMoments * kBins);
  for (std::size_t row = 0; row < frames * kMoments; ++row) {
    const float* real = parts.data() + row * 2 * kBins;
    const float* imaginary = real + kBins;
    float* to = magnitudes.data() + row * kBins;
    for (int i = 0; i < kBins; ++i) {
      to[i] = std::sqrt(real[i] * real[i] + imaginary[i] * imaginary[i]);
    }
  }
  return magnitudes;
}

/// One step of the LSTM cell (gates in PyTorch's order: input, forget, cell, output), and what it
/// says of the frame.
float SileroNet::step(State& state, std::span<const float> from_input) const {
  std::array<float, std::size_t{kGates} * kWidth> gates;
  ops::matmul({state.hidden.data(), 1, kWidth}, lstm_hidden_, {gates.data(), 1, kGates * kWidth});
  for (std::size_t i = 0; i < gates.size(); ++i) gates[i] += from_input[i] + lstm_input_.bias[i];
  float logit = final_bias_;
  for (int i = 0; i < kWidth; ++i) {
    const float input = sigmoid(gates[i]), forget = sigmoid(gates[kWidth + i]);
    const float fresh = hyperbolic_tangent(gates[2 * kWidth + i]),
                output = sigmoid(gates[3 * kWidth + i]);
    state.cell[i] = forget * state.cell[i] + input * fresh;
    state.hidden[i] = output * hyperbolic_tangent(state.cell[i]);
    logit += final_weights_[i] * std::max(0.0f, state.hidden[i]);
  }
  return sigmoid(logit);
}

void SpeechProbabilities::push(std::span<const float> samples, std::vector<float>& out) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  const std::size_t frames = pending_.size() / SileroNet::kFrameSamples;
  if (frames == 0) return;
  const std::size_t taken = frames * SileroNet::kFrameSamples;
  out.resize(out.size() + frames);
  net_.run(std::span(pending_).first(taken), state_, std::span(out).last(frames));
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken));
}

void SpeechProbabilities::finish(std::vector<float>& out) {
  if (pending_.empty()) return;
  pending_.resize(SileroNet::kFrameSamples);
  push({}, out);
}

}  // namespace tessera::whisper
