// FFmpeg's C headers, and owners for the things that they hand out.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <new>
#include <string>

namespace tessera::whisper {

struct FfmpegDeleter {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(SwrContext* p) const { swr_free(&p); }
};

template <typename T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDeleter>;

/// Takes over what an FFmpeg allocator returned. Throws std::bad_alloc for null.
template <typename T>
FfmpegPtr<T> own(T* p) {
  if (p == nullptr) throw std::bad_alloc();
  return FfmpegPtr<T>(p);
}

/// FFmpeg's words for one of its error codes. Being out of memory is among them, and in a damaged
/// file usually means that a length in it is absurd.
inline std::string ffmpeg_reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

}  // namespace tessera::whisper
