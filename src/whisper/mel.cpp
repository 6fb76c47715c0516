#include "src/whisper/mel.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

static_assert(kFftSize == kWindowSamples);

constexpr float kSilence = -10.0f;  // log10 of the least power that is told from none, 1e-10
constexpr int kReflectedSamples = kWindowSamples / 2;
// Two real frames share a complex transform: one is the real part, the other the imaginary one.
constexpr int kGroupFrames = 2 * kFftLanes;
constexpr int kGroupSamples = kGroupFrames * kHopSamples;
constexpr std::size_t kGroupSpan = (kGroupFrames - 1) * kHopSamples + kWindowSamples;

/// The periodic Hann window, in float32 as the reference computes it: an exact one differs by up to
/// 2e-7, which shows in quiet bands beside loud ones.
std::vector<float> hann_window() {
  std::vector<float> window(kWindowSamples);
  const float step = static_cast<float>(2.0 * std::numbers::pi / kWindowSamples);
  for (int i = 0; i < kWindowSamples; ++i) {
    const float angle = static_cast<float>(i) * step;
    window[i] = 0.5f - 0.5f * static_cast<float>(std::cos(static_cast<double>(angle)));
  }
  return window;
}

void check_window_size(std::span<float> out, int n_mels) {
  const std::size_t expected = static_cast<std::size_t>(n_mels) * kWindowFrames;
  if (out.size() == expected) return;
  throw Error(ErrorCode::bad_argument, "log-mel window: expected room for " +
                                           std::to_string(expected) + " values, got " +
                                           std::to_string(out.size()));
}

}  // namespace

float LogMel::normalised(float log10_power) const {
  return (std::max(log10_power, maximum_ - 8.0f) + 4.0f) / 4.0f;
}

/// Copies computed frames into the first `count` columns of `out`.
void LogMel::copy_normalised(int first_frame, int count, std::span<float> out) const {
  for (int done = 0; done < count;) {
    const int frame = first_frame + done, column = frame % kBlockFrames;
    const int run = std::min(count - done, kBlockFrames - column);
    const std::vector<float>& block = blocks_[frame / kBlockFrames];
    for (int band = 0; band < n_mels_; ++band) {
      const float* from = block.data() + band * kBlockFrames + column;
      float* to = out.data() + band * kWindowFrames + done;
      for (int i = 0; i < run; ++i) to[i] = normalised(from[i]);
    }
    done += run;
  }
}

void LogMel::window(int first_frame, int count, std::span<float> out) const {
  check_window_size(out, n_mels_);
  if (first_frame < 0 || count < 0 || count > kWindowFrames ||
      first_frame > content_frames_ - count) {
    throw Error(ErrorCode::bad_argument,
                "log-mel window: expected at most " + std::to_string(kWindowFrames) +
                    " of the recording's " + std::to_string(content_frames_) + " frames, got " +
                    std::to_string(count) + " from frame " + std::to_string(first_frame));
  }
  std::fill(out.begin(), out.end(), 0.0f);
  copy_normalised(first_frame, count, out);
}

void LogMel::detection_window(std::span<float> out) const {
  check_window_size(out, n_mels_);
  std::fill(out.begin(), out.end(), normalised(kSilence));
  copy_normalised(0, std::min(computed_frames_, kWindowFrames), out);
}

LogMelBuilder::LogMelBuilder(int n_mels)
    : mel_(n_mels),
      hann_(hann_window()),
      pending_(kGroupSpan),
      pending_samples_(kReflectedSamples),  // room for the reflection, see compute_group
      real_(kFftSize * kFftLanes),
      imag_(kFftSize * kFftLanes),
      power_(kSpectrumBins * kGroupFrames) {
  mel_.maximum_ = kSilence;  // the appended 30 s are part of the recording
  const std::vector<float> bank = mel_filter_bank(n_mels);
  for (int band = 0; band < n_mels; ++band) {
    const auto row = std::span(bank).subspan(band * kSpectrumBins, kSpectrumBins);
    const auto is_set = [](float weight) { return weight > 0.0f; };
    const auto first = std::find_if(row.begin(), row.end(), is_set);
    const auto last = std::find_if_not(first, row.end(), is_set);
    bands_.push_back({static_cast<int>(first - row.begin()), {first, last}});
  }
}

void LogMelBuilder::push(std::span<const float> samples) {
  const auto bad = std::find_if_not(samples.begin(), samples.end(),
                                    [](float sample) { return std::isfinite(sample); });
  if (bad != samples.end()) {
    char message[100];
    const double seconds =
        static_cast<double>(samples_ + (bad - samples.begin())) / (kHopSamples * kFramesPerSecond);
    std::snprintf(message, sizeof message, "sound: expected finite samples, got %f at %.4f s",
                  static_cast<double>(*bad), seconds);
    throw Error(ErrorCode::bad_file, message);
  }
  append(samples);
  samples_ += static_cast<std::int64_t>(samples.size());
}

LogMel LogMelBuilder::finish() {
  // Of the appended silence only as much is computed as frames with sound reach into.
  append(std::vector<float>(kGroupSpan));
  mel_.content_frames_ = static_cast<int>(samples_ / kHopSamples);
  return std::move(mel_);
}

void LogMelBuilder::append(std::span<const float> samples) {
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), kGroupSpan - pending_samples_);
    std::copy_n(samples.begin(), count, pending_.begin() + pending_samples_);
    pending_samples_ += count;
    samples = samples.subspan(count);
    if (pending_samples_ == kGroupSpan) {
      compute_group();
      std::copy(pending_.begin() + kGroupSamples, pending_.end(), pending_.begin());
      pending_samples_ -= kGroupSamples;
    }
  }
}

/// Computes the frames of `pending_`.
void LogMelBuilder::compute_group() {
  if (mel_.computed_frames_ == 0) {
    // Frame 0 is centred on the first sample; the half before it mirrors the half after it.
    for (int i = 1; i <= kReflectedSamples; ++i) {
      pending_[kReflectedSamples - i] = pending_[kReflectedSamples + i];
    }
  }
  load_frames();
  fft_.forward(real_, imag_);
  separate_powers();
  store_bands();
}

void LogMelBuilder::load_frames() {
  for (int n = 0; n < kWindowSamples; ++n) {
    for (int lane = 0; lane < kFftLanes; ++lane) {
      const float* frame = pending_.data() + lane * kHopSamples;
      real_[n * kFftLanes + lane] = frame[n] * hann_[n];
      imag_[n * kFftLanes + lane] = frame[kFftLanes * kHopSamples + n] * hann_[n];
    }
  }
}

/// For real a and b, the transform Z of a + ib holds A[k] = (Z[k] + conj Z[-k]) / 2 and
/// B[k] = (Z[k] - conj Z[-k]) / 2i. Writes |A|^2 and |B|^2.
void LogMelBuilder::separate_powers() {
  for (int k = 0; k < kSpectrumBins; ++k) {
    const int mirrored = (kFftSize - k) % kFftSize;
    for (int lane = 0; lane < kFftLanes; ++lane) {
      const double zr = real_[k * kFftLanes + lane], zi = imag_[k * kFftLanes + lane];
      const double mr = real_[mirrored * kFftLanes + lane], mi = imag_[mirrored * kFftLanes + lane];
      const double ar = zr + mr, ai = zi - mi, br = zi + mi, bi = mr - zr;
      power_[k * kGroupFrames + lane] = 0.25 * (ar * ar + ai * ai);
      power_[k * kGroupFrames + kFftLanes + lane] = 0.25 * (br * br + bi * bi);
    }
  }
}

void LogMelBuilder::store_bands() {
  const int column = mel_.computed_frames_ % LogMel::kBlockFrames;
  static_assert(LogMel::kBlockFrames % kGroupFrames == 0);
  if (column == 0) {
    mel_.blocks_.emplace_back(static_cast<std::size_t>(mel_.n_mels_) * LogMel::kBlockFrames);
  }
  for (int band = 0; band < mel_.n_mels_; ++band) {
    double sums[kGroupFrames] = {};
    const double* power = power_.data() + bands_[band].first_bin * kGroupFrames;
    for (const double weight : bands_[band].weights) {
      for (int f = 0; f < kGroupFrames; ++f) sums[f] += weight * power[f];
      power += kGroupFrames;
    }
    float* out = mel_.blocks_.back().data() + band * LogMel::kBlockFrames + column;
    for (int f = 0; f < kGroupFrames; ++f) {
      out[f] = static_cast<float>(std::log10(std::max(sums[f], 1e-10)));
      mel_.maximum_ = std::max(mel_.maximum_, out[f]);
    }
  }
  mel_.computed_frames_ += kGroupFrames;
}

}  // namespace tessera::whisper
