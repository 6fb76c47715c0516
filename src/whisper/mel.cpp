#include "src/whisper/mel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr float kSilence = compute::LogMelFrames::kSilence;
constexpr int kReflectedSamples = kWindowSamples / 2;
// Frames that are computed at a time: many, because the kernel begins each call anew, and few
// enough for the samples to stay in the second-level cache.
constexpr int kBatchFrames = 128;
constexpr std::size_t kBatchSamples = std::size_t{kBatchFrames} * kHopSamples;
constexpr std::size_t kBatchSpan = kBatchSamples - kHopSamples + kWindowSamples;

float normalised(float log10_power, float least) {
  return (std::max(log10_power, least) + 4.0f) / 4.0f;
}

/// In a way that compilers vectorise: infinity and what is no number have the largest exponent.
bool are_finite(std::span<const float> samples) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t largest = 0;
  for (const float sample : samples) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(sample) & kExponent);
  }
  return largest < kExponent;
}

void check_window_size(std::span<float> out, int n_mels) {
  const std::size_t expected = static_cast<std::size_t>(n_mels) * kWindowFrames;
  if (out.size() == expected) return;
  throw Error(ErrorCode::bad_argument, "log-mel window: expected room for " +
                                           std::to_string(expected) + " values, got " +
                                           std::to_string(out.size()));
}

}  // namespace

std::vector<float> hann_window() {
  std::vector<float> window(kWindowSamples);
  const float step = static_cast<float>(2.0 * std::numbers::pi / kWindowSamples);
  for (int i = 0; i < kWindowSamples; ++i) {
    const float angle = static_cast<float>(i) * step;
    window[i] = 0.5f - 0.5f * static_cast<float>(std::cos(static_cast<double>(angle)));
  }
  return window;
}

float LogMel::normalised_silence() const { return normalised(kSilence, maximum_ - 8.0f); }

/// Copies computed frames into the first `count` columns of `out` and `rest` into the others.
void LogMel::copy_normalised(int first_frame, int count, float rest, std::span<float> out) const {
  for (int band = 0; band < n_mels_; ++band) {
    float* row = out.data() + band * kWindowFrames;
    std::fill(row + count, row + kWindowFrames, rest);
  }
  const float least = maximum_ - 8.0f;
  for (int done = 0; done < count;) {
    const int frame = first_frame + done, column = frame % kBlockFrames;
    const int run = std::min(count - done, kBlockFrames - column);
    const float* block = blocks_[frame / kBlockFrames].get();
    for (int band = 0; band < n_mels_; ++band) {
      const float* from = block + band * kBlockFrames + column;
      float* to = out.data() + band * kWindowFrames + done;
      for (int i = 0; i < run; ++i) to[i] = normalised(from[i], least);
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
  copy_normalised(first_frame, count, 0.0f, out);
}

void LogMel::detection_window(std::span<float> out) const {
  check_window_size(out, n_mels_);
  copy_normalised(0, std::min(computed_frames_, kWindowFrames), normalised_silence(), out);
}

LogMelBuilder::LogMelBuilder(int n_mels)
    : mel_(n_mels),
      frames_(hann_window(), mel_filter_bank(n_mels)),
      pending_(kBatchSpan),
      pending_samples_(kReflectedSamples) {  // room for the reflection, see compute_batch
  mel_.maximum_ = kSilence;                  // the appended 30 s are part of the recording
}

void require_finite(std::span<const float> samples, std::int64_t before) {
  if (are_finite(samples)) return;
  const auto bad = std::find_if_not(samples.begin(), samples.end(),
                                    [](float sample) { return std::isfinite(sample); });
  char message[100];
  const double seconds =
      static_cast<double>(before + (bad - samples.begin())) / (kHopSamples * kFramesPerSecond);
  std::snprintf(message, sizeof message, "sound: expected finite samples, got %f at %.4f s",
                static_cast<double>(*bad), seconds);
  throw Error(ErrorCode::bad_file, message);
}

void LogMelBuilder::push(std::span<const float> samples) {
  require_finite(samples, samples_);
  append(samples);
  samples_ += static_cast<std::int64_t>(samples.size());
}

LogMel LogMelBuilder::finish() {
  // Of the appended silence only as much is computed as frames with sound reach into.
  append(std::vector<float>(kBatchSpan));
  mel_.content_frames_ = static_cast<int>(samples_ / kHopSamples);
  return std::move(mel_);
}

void LogMelBuilder::append(std::span<const float> samples) {
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), kBatchSpan - pending_samples_);
    std::copy_n(samples.begin(), count, pending_.begin() + pending_samples_);
    pending_samples_ += count;
    samples = samples.subspan(count);
    if (pending_samples_ == kBatchSpan) {
      compute_batch();
      std::copy(pending_.begin() + kBatchSamples, pending_.end(), pending_.begin());
      pending_samples_ -= kBatchSamples;
    }
  }
}

/// Computes the frames of `pending_`.
void LogMelBuilder::compute_batch() {
  if (mel_.computed_frames_ == 0) {
    // Frame 0 is centred on the first sample; the half before it mirrors the half after it.
    for (int i = 1; i <= kReflectedSamples; ++i) {
      pending_[kReflectedSamples - i] = pending_[kReflectedSamples + i];
    }
  }
  const int column = mel_.computed_frames_ % LogMel::kBlockFrames;
  static_assert(LogMel::kBlockFrames % kBatchFrames == 0);
  if (column == 0) {
    const auto values = static_cast<std::size_t>(mel_.n_mels_) * LogMel::kBlockFrames;
    mel_.blocks_.push_back(std::make_unique_for_overwrite<float[]>(values));
  }
  const float largest =
      frames_.compute(pending_, mel_.blocks_.back().get() + column, LogMel::kBlockFrames);
  mel_.maximum_ = std::max(mel_.maximum_, largest);
  mel_.computed_frames_ += kBatchFrames;
}

}  // namespace tessera::whisper
