#include "src/whisper/audio_mixdown.h"

#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "src/whisper/audio.h"
#include "src/whisper/audio_container.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// Full scale is 1. What is this much louder is no sound, and beyond it the conversion to 16 bits
/// would overflow instead of clip.
constexpr double kLoudestSample = 32768;

/// Where the first sample that is not a number, or far too loud, stands; counted per channel.
template <typename T>
std::optional<int> find_bad_sample(const AVFrame& frame, bool planar) {
  const int channels = frame.ch_layout.nb_channels;
  const int planes = planar ? channels : 1;
  const int per_plane = planar ? frame.nb_samples : frame.nb_samples * channels;
  for (int plane = 0; plane < planes; ++plane) {
    const T* samples = reinterpret_cast<const T*>(frame.extended_data[plane]);
    for (int i = 0; i < per_plane; ++i) {
      if (!(std::abs(samples[i]) <= static_cast<T>(kLoudestSample))) {
        return planar ? i : i / channels;
      }
    }
  }
  return std::nullopt;
}

std::optional<int> find_bad_sample(const AVFrame& frame) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_FLT:
      return find_bad_sample<float>(frame, planar);
    case AV_SAMPLE_FMT_DBL:
      return find_bad_sample<double>(frame, planar);
    default:
      return std::nullopt;
  }
}

}  // namespace

AudioMixdown::AudioMixdown(std::string name, int channel)
    : name_(std::move(name)), channel_(channel) {}

AudioMixdown::~AudioMixdown() { av_channel_layout_uninit(&layout_); }

void AudioMixdown::add(const AVFrame& frame, std::vector<std::int16_t>& out) {
  check_channels_and_rate(name_, frame.ch_layout.nb_channels, frame.sample_rate);
  if (const auto bad = find_bad_sample(frame)) {
    char text[96];
    std::snprintf(text, sizeof(text), ": the sample at %.4f s is not a number or far out of range",
                  position_s_ + static_cast<double>(*bad) / frame.sample_rate);
    throw Error(ErrorCode::bad_file, name_ + text);
  }
  if (!fits(frame)) {
    flush(out);
    configure(frame);
  }
  convert(const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples, out);
  position_s_ += static_cast<double>(frame.nb_samples) / frame.sample_rate;
}

void AudioMixdown::flush(std::vector<std::int16_t>& out) {
  if (resampler_ == nullptr) return;
  std::size_t before = 0;
  do {
    before = out.size();
    convert(nullptr, 0, out);
  } while (out.size() > before);
}

bool AudioMixdown::fits(const AVFrame& frame) const {
  return resampler_ != nullptr && frame.format == format_ && frame.sample_rate == rate_hz_ &&
         av_channel_layout_compare(&frame.ch_layout, &layout_) == 0;
}

void AudioMixdown::configure(const AVFrame& frame) {
  const int channels = frame.ch_layout.nb_channels;
  if (channel_ >= channels) {
    throw Error(ErrorCode::bad_file, name_ + ": channel " + std::to_string(channel_) +
                                         " asked for, but the sound goes on with " +
                                         std::to_string(channels));
  }
  if (av_channel_layout_copy(&layout_, &frame.ch_layout) < 0) throw std::bad_alloc();
  rate_hz_ = frame.sample_rate;
  format_ = frame.format;

  AVChannelLayout from = frame.ch_layout;
  if (from.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&from, channels);
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  SwrContext* raw = nullptr;
  int status = swr_alloc_set_opts2(&raw, &mono, AV_SAMPLE_FMT_S16, kSampleRateHz, &from,
                                   static_cast<AVSampleFormat>(format_), rate_hz_, 0, nullptr);
  resampler_.reset(raw);
  if (status >= 0) {
    if (channel_ >= 0 || from.order == AV_CHANNEL_ORDER_UNSPEC) set_matrix(channels);
    status = swr_init(resampler_.get());
  }
  if (status < 0) {
    throw Error(ErrorCode::bad_file,
                name_ + ": cannot convert its sound: " + ffmpeg_reason(status));
  }
}

/// One row of weights, one for each channel: the chosen one alone, or all of them alike.
void AudioMixdown::set_matrix(int channels) {
  std::vector<double> weights(static_cast<std::size_t>(channels),
                              channel_ < 0 ? 1.0 / channels : 0);
  if (channel_ >= 0) weights[static_cast<std::size_t>(channel_)] = 1;
  if (swr_set_matrix(resampler_.get(), weights.data(), channels) < 0) throw std::bad_alloc();
}

void AudioMixdown::convert(const std::uint8_t** data, int samples, std::vector<std::int16_t>& out) {
  const int room = swr_get_out_samples(resampler_.get(), samples);
  if (room < 0) throw Error(ErrorCode::bad_file, name_ + ": " + ffmpeg_reason(room));
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(room));
  auto* to = reinterpret_cast<std::uint8_t*>(out.data() + before);
  const int count = swr_convert(resampler_.get(), &to, room, data, samples);
  if (count < 0) throw Error(ErrorCode::bad_file, name_ + ": " + ffmpeg_reason(count));
  out.resize(before + static_cast<std::size_t>(count));
}

}  // namespace tessera::whisper
