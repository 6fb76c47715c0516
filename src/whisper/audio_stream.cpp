#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "src/whisper/audio.h"
#include "src/whisper/audio_container.h"
#include "src/whisper/audio_mixdown.h"
#include "src/whisper/audio_source.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// Players conceal a packet lost now and then. A file with more than one in ten lost is not
/// something to make a transcript of.
constexpr std::size_t kMaxDamagedShare = 10;

}  // namespace

class AudioStream::Impl {
 public:
  Impl(std::unique_ptr<AudioSource> source, const AudioOptions& options);

  std::size_t read(std::span<float> out);
  const AudioContainer& container() const { return container_; }
  std::size_t damaged_packets() const { return damaged_; }

 private:
  bool refill();
  void decode_packet();
  void receive_frames();
  void note_damage(int status);
  void check_end() const;
  void check_duration() const;

  AudioContainer container_;
  AudioOptions options_;
  AudioMixdown mixdown_;
  FfmpegPtr<AVCodecContext> codec_;
  FfmpegPtr<AVPacket> packet_;
  FfmpegPtr<AVFrame> frame_;

  std::vector<std::int16_t> pending_;  ///< converted samples that read() has not handed out
  std::size_t pending_begin_ = 0;
  bool at_end_ = false;
  std::size_t packets_ = 0;
  std::size_t damaged_ = 0;
  bool last_damaged_ = false;
  std::int64_t samples_out_ = 0;
  double decoded_s_ = 0;
  double packets_s_ = 0;
};

AudioStream::Impl::Impl(std::unique_ptr<AudioSource> source, const AudioOptions& options)
    : container_(std::move(source)),
      options_(options),
      mixdown_(container_.name(), options.channel),
      codec_(container_.open_decoder()),
      packet_(own(av_packet_alloc())),
      frame_(own(av_frame_alloc())) {
  const int channels = container_.stream().codecpar->ch_layout.nb_channels;
  if (options_.channel < -1 || options_.channel >= channels) {
    throw Error(ErrorCode::bad_argument,
                container_.name() + ": channel " + std::to_string(options_.channel) +
                    " asked for, the file has channels 0 to " + std::to_string(channels - 1));
  }
  if (!(options_.max_duration_s >= 0)) {
    throw Error(ErrorCode::bad_argument, "max_duration_s: expected 0 or more, got " +
                                             std::to_string(options_.max_duration_s));
  }
}

std::size_t AudioStream::Impl::read(std::span<float> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (pending_begin_ == pending_.size() && !refill()) break;
    const std::size_t count = std::min(out.size() - done, pending_.size() - pending_begin_);
    for (std::size_t i = 0; i < count; ++i) {
      out[done + i] = static_cast<float>(pending_[pending_begin_ + i]) / 32768.0F;
    }
    done += count;
    pending_begin_ += count;
  }
  return done;
}

/// Decodes on until there are samples to hand out; false at the end, once the end is sound.
bool AudioStream::Impl::refill() {
  pending_.clear();
  pending_begin_ = 0;
  while (pending_.empty() && !at_end_) {
    if (container_.next_packet(*packet_)) {
      decode_packet();
    } else {
      at_end_ = true;
      // A null packet makes the decoder give up what it still holds.
      if (avcodec_send_packet(codec_.get(), nullptr) >= 0) receive_frames();
      mixdown_.flush(pending_);
      check_end();
    }
    check_duration();
  }
  samples_out_ += static_cast<std::int64_t>(pending_.size());
  return !pending_.empty();
}

void AudioStream::Impl::decode_packet() {
  ++packets_;
  last_damaged_ = false;
  const int status = avcodec_send_packet(codec_.get(), packet_.get());
  if (status < 0) note_damage(status);
  receive_frames();
  if (!last_damaged_) {
    packets_s_ += static_cast<double>(packet_->duration) * av_q2d(container_.stream().time_base);
  }
}

void AudioStream::Impl::receive_frames() {
  for (;;) {
    const int status = avcodec_receive_frame(codec_.get(), frame_.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
    if (status < 0) {
      note_damage(status);
      return;
    }
    mixdown_.add(*frame_, pending_);
    decoded_s_ += static_cast<double>(frame_->nb_samples) / frame_->sample_rate;
  }
}

void AudioStream::Impl::note_damage(int status) {
  if (status == AVERROR(ENOMEM)) throw std::bad_alloc();
  // All that PCM can get wrong is odd bytes at the end, which make no sample and do no harm.
  if (av_get_exact_bits_per_sample(codec_->codec_id) > 0) return;
  last_damaged_ = true;
  ++damaged_;
}

void AudioStream::Impl::check_end() const {
  if (packets_ > 0 && damaged_ == packets_)
    fail_to_read(container_.name(), "damaged: nothing in it can be decoded");
  container_.check_complete(std::max(decoded_s_, packets_s_));
  char text[96];
  if (last_damaged_) {
    std::snprintf(text, sizeof(text), "truncated: ends inside a packet after %.2f s of sound",
                  decoded_s_);
    fail_to_read(container_.name(), text);
  }
  if (damaged_ > 1 && damaged_ * kMaxDamagedShare > packets_) {
    std::snprintf(text, sizeof(text), "damaged: %zu of its %zu packets cannot be decoded", damaged_,
                  packets_);
    fail_to_read(container_.name(), text);
  }
  if (samples_out_ == 0 && pending_.empty())
    fail_to_read(container_.name(), "holds no sound: 0 samples");
}

void AudioStream::Impl::check_duration() const {
  if (options_.max_duration_s <= 0) return;
  const auto samples = static_cast<double>(samples_out_) + static_cast<double>(pending_.size());
  if (samples > options_.max_duration_s * kSampleRateHz) {
    char text[96];
    std::snprintf(text, sizeof(text), ": longer than the %.6g s that are allowed",
                  options_.max_duration_s);
    throw Error(ErrorCode::bad_argument, container_.name() + text);
  }
}

AudioStream::AudioStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioStream::~AudioStream() = default;
AudioStream::AudioStream(AudioStream&&) noexcept = default;
AudioStream& AudioStream::operator=(AudioStream&&) noexcept = default;

AudioStream AudioStream::open_file(const std::string& path, const AudioOptions& options) {
  return AudioStream(std::make_unique<Impl>(AudioSource::open_file(path), options));
}

AudioStream AudioStream::open_memory(std::span<const std::byte> bytes, const std::string& name,
                                     const AudioOptions& options) {
  return AudioStream(std::make_unique<Impl>(AudioSource::open_memory(bytes, name), options));
}

std::size_t AudioStream::read(std::span<float> out) { return impl_->read(out); }

double AudioStream::duration_s() const { return impl_->container().duration_s(); }

int AudioStream::channels() const {
  return impl_->container().stream().codecpar->ch_layout.nb_channels;
}

int AudioStream::source_rate_hz() const {
  return impl_->container().stream().codecpar->sample_rate;
}

std::string AudioStream::format_name() const { return impl_->container().format_name(); }
std::string AudioStream::codec_name() const { return impl_->container().codec_name(); }
std::size_t AudioStream::damaged_packets() const { return impl_->damaged_packets(); }

}  // namespace tessera::whisper
