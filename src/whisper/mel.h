// Log-mel: from samples at 16 kHz to the pictures that the encoder sees (the "mel" stage).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "src/compute/log_mel.h"

namespace tessera::whisper {

inline constexpr int kHopSamples = compute::LogMelFrames::kHopSamples;
inline constexpr int kWindowSamples = compute::LogMelFrames::kFrameSamples;
inline constexpr int kFramesPerSecond = 100;
inline constexpr int kWindowFrames = 3000;
inline constexpr int kSpectrumBins = compute::LogMelFrames::kBins;

/// The periodic Hann window, (400), in float32 as the reference computes it: an exact one differs
/// by up to 2e-7, which shows in quiet bands beside loud ones.
std::vector<float> hann_window();

/// Slaney's mel filter bank for 16 kHz, (n_mels, 201) row-major: triangles whose edges are equally
/// spaced in mel from 0 to 8000 Hz, each of unit area. Computed in double.
/// Throws Error{bad_argument} unless n_mels is positive.
/// Source: M. Slaney, "Auditory Toolbox", 1998, as in librosa.filters.mel and openai-whisper.
std::vector<float> mel_filter_bank(int n_mels);

/// The normalised log-mel of a whole recording, as openai-whisper's log_mel_spectrogram computes it
/// with 30 s of silence appended. Keeps one float per band and frame; made by LogMelBuilder.
class LogMel {
 public:
  int n_mels() const { return n_mels_; }

  /// Frames of 10 ms that the recording fills, rounded down; without the appended silence.
  int content_frames() const { return content_frames_; }

  /// Writes a window of (n_mels, 3000), row-major: frames [first_frame, first_frame + count) of the
  /// recording, then 0.0 (which is not the value of silence) up to 3000.
  /// Throws Error{bad_argument} when the frames are not in the recording, are more than 3000, or
  /// `out` has another size.
  void window(int first_frame, int count, std::span<float> out) const;

  /// Writes the window that language detection sees, (n_mels, 3000), row-major: the first 3000
  /// frames, with the values of silence after the end of the recording.
  void detection_window(std::span<float> out) const;

 private:
  friend class LogMelBuilder;
  /// Frames in one piece of memory, so that a long recording grows without being copied.
  static constexpr int kBlockFrames = 512;

  explicit LogMel(int n_mels) : n_mels_(n_mels) {}
  void copy_normalised(int first_frame, int count, float rest, std::span<float> out) const;
  float normalised_silence() const;

  int n_mels_;
  int content_frames_ = 0;
  int computed_frames_ = 0;  // the frames after these are silent
  float maximum_ = 0.0f;     // log10 over all frames and bands
  std::vector<std::unique_ptr<float[]>>
      blocks_;  // log10 of the mel power, each (n_mels, kBlockFrames)
};

/// Throws Error{bad_file}, naming the time, when a sample is infinite or not a number; `before` is
/// how many samples of the recording went before these.
void require_finite(std::span<const float> samples, std::int64_t before);

/// Computes a log-mel from samples as they come; any division into pieces gives the same bits.
/// Holds the samples of a batch of frames, 1.3 s.
class LogMelBuilder {
 public:
  /// Throws Error{bad_argument} unless n_mels is positive.
  explicit LogMelBuilder(int n_mels);

  /// Appends samples at 16 kHz, nominally within [-1, 1]. Throws Error{bad_file}, naming the time,
  /// when a sample is infinite or not a number.
  void push(std::span<const float> samples);

  /// The log-mel of everything pushed. The builder is spent afterwards.
  LogMel finish();

 private:
  void append(std::span<const float> samples);
  void compute_batch();

  LogMel mel_;
  std::int64_t samples_ = 0;  // pushed by the caller
  compute::LogMelFrames frames_;
  std::vector<float> pending_;  // the samples of the next batch of frames
  std::size_t pending_samples_;
};

}  // namespace tessera::whisper
