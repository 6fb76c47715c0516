// Opens a sound or video file by the allow-list and hands out the packets of its best sound stream.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "src/whisper/audio_ffmpeg.h"
#include "src/whisper/audio_source.h"

namespace tessera::whisper {

/// A demuxer on the allow-list over an AudioSource. Throws as AudioStream says.
class AudioContainer {
 public:
  explicit AudioContainer(std::unique_ptr<AudioSource> source);

  /// The next packet of the sound stream; false at the end.
  bool next_packet(AVPacket& packet);

  /// A decoder for the sound stream, opened.
  FfmpegPtr<AVCodecContext> open_decoder() const;

  /// To be called at the end. Throws Error{bad_file} if it came because reading failed or because
  /// the file is cut off. `found_s`: seconds of sound that were there.
  void check_complete(double found_s) const;

  const std::string& name() const { return source_->name(); }
  const AVStream& stream() const { return *stream_; }
  std::string format_name() const;
  std::string codec_name() const;
  double duration_s() const;

 private:
  void open();
  void choose_stream();
  void check_extent() const;
  double promised_s() const;

  std::unique_ptr<AudioSource> source_;
  FfmpegPtr<AVFormatContext> context_;
  AVStream* stream_ = nullptr;
  const AVCodec* decoder_ = nullptr;
  int end_reason_ = 0;              ///< what the demuxer said at the end
  bool last_packet_short_ = false;  ///< the last packet is shorter than it says
};

/// Throws Error{bad_file} unless the numbers are within the bounds of audio.h.
void check_channels_and_rate(const std::string& name, int channels, int rate_hz);

}  // namespace tessera::whisper
