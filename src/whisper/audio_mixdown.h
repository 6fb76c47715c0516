// Decoded frames of any rate, layout and sample format to mono 16 kHz samples of 16 bits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/whisper/audio_ffmpeg.h"

namespace tessera::whisper {

/// libswresample set up as the ffmpeg program does for `-ac 1 -ar 16000 -f s16le`: its default
/// filter, its default mix of known layouts, rounding to 16 bits without dither. Channels of
/// unknown layout are averaged. Rate, layout and format may change from frame to frame.
class AudioMixdown {
 public:
  /// `channel`: -1 mixes all, N >= 0 takes only that one. `name` is for messages.
  AudioMixdown(std::string name, int channel);
  ~AudioMixdown();
  AudioMixdown(const AudioMixdown&) = delete;
  AudioMixdown& operator=(const AudioMixdown&) = delete;

  /// Appends what `frame` gives to `out`. Throws Error{bad_file} for a not-a-number or absurdly
  /// large sample and for a rate or channel count out of bounds.
  void add(const AVFrame& frame, std::vector<std::int16_t>& out);

  /// Appends what the resampler still holds back; for the end and for a change of format.
  void flush(std::vector<std::int16_t>& out);

 private:
  bool fits(const AVFrame& frame) const;
  void configure(const AVFrame& frame);
  void set_matrix(int channels);
  void convert(const std::uint8_t** data, int samples, std::vector<std::int16_t>& out);

  std::string name_;
  int channel_;
  FfmpegPtr<SwrContext> resampler_;
  AVChannelLayout layout_ = {};
  int rate_hz_ = 0;
  int format_ = AV_SAMPLE_FMT_NONE;
  double position_s_ = 0;
};

}  // namespace tessera::whisper
