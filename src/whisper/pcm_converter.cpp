#include <algorithm>
#include <cstdint>
#include <string>

#include "src/whisper/audio.h"
#include "src/whisper/audio_ffmpeg.h"
#include "src/whisper/audio_mixdown.h"
#include "tessera/pcm.h"

namespace tessera {
namespace {

void check_range(const char* what, int value, int lowest, int highest) {
  if (value >= lowest && value <= highest) return;
  throw Error(ErrorCode::bad_argument, std::string(what) + ": expected " + std::to_string(lowest) +
                                           " to " + std::to_string(highest) + ", got " +
                                           std::to_string(value));
}

std::vector<float> as_floats(const std::vector<std::int16_t>& samples) {
  std::vector<float> floats(samples.size());
  std::ranges::transform(samples, floats.begin(),
                         [](std::int16_t sample) { return static_cast<float>(sample) / 32768; });
  return floats;
}

}  // namespace

struct PcmConverter::Impl {
  Impl(const PcmFormat& chosen, const std::string& named)
      : format(chosen), name(named), mixdown(named, -1), frame(whisper::own(av_frame_alloc())) {
    frame->format = is_float() ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_S16;
    frame->sample_rate = format.rate_hz;
    av_channel_layout_default(&frame->ch_layout, format.channels);
  }

  bool is_float() const { return format.sample == PcmFormat::Sample::f32; }
  /// Bytes of one sample of every channel.
  std::size_t frame_bytes() const {
    return static_cast<std::size_t>(format.channels) * (is_float() ? sizeof(float) : 2);
  }

  PcmFormat format;
  std::string name;
  whisper::AudioMixdown mixdown;
  whisper::FfmpegPtr<AVFrame> frame;
  std::vector<std::byte> pending;
};

PcmConverter::PcmConverter(const PcmFormat& format, const std::string& name) {
  check_range("rate", format.rate_hz, whisper::kMinSourceRateHz, whisper::kMaxSourceRateHz);
  check_range("channels", format.channels, 1, whisper::kMaxAudioChannels);
  impl_ = std::make_unique<Impl>(format, name);
}

PcmConverter::~PcmConverter() = default;
PcmConverter::PcmConverter(PcmConverter&& other) noexcept = default;
PcmConverter& PcmConverter::operator=(PcmConverter&& other) noexcept = default;

std::vector<float> PcmConverter::convert(std::span<const std::byte> bytes) {
  std::vector<std::byte>& pending = impl_->pending;
  pending.insert(pending.end(), bytes.begin(), bytes.end());
  const std::size_t whole = pending.size() / impl_->frame_bytes();
  if (whole == 0) return {};
  impl_->frame->nb_samples = static_cast<int>(whole);
  impl_->frame->data[0] = reinterpret_cast<std::uint8_t*>(pending.data());  // which it does not own
  std::vector<std::int16_t> samples;
  impl_->mixdown.add(*impl_->frame, samples);
  pending.erase(pending.begin(),
                pending.begin() + static_cast<std::ptrdiff_t>(whole * impl_->frame_bytes()));
  return as_floats(samples);
}

std::vector<float> PcmConverter::finish() {
  if (!impl_->pending.empty()) {
    throw Error(ErrorCode::bad_file, impl_->name + ": expected samples of " +
                                         std::to_string(impl_->frame_bytes()) + " bytes, got " +
                                         std::to_string(impl_->pending.size()) + " at the end");
  }
  std::vector<std::int16_t> samples;
  impl_->mixdown.flush(samples);
  return as_floats(samples);
}

}  // namespace tessera
