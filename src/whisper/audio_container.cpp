#include "src/whisper/audio_container.h"

#include <cstdio>
#include <system_error>
#include <utility>

#include "src/whisper/audio.h"
#include "src/whisper/audio_extent.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// Demuxers by FFmpeg's names. No playlist, no network format, nothing that refers to other files.
constexpr char kContainers[] = "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,matroska,mov";

/// Decoders by FFmpeg's names. FFmpeg compares whole names, so the PCM family is spelt out.
constexpr char kDecoders[] =
    "pcm_u8,pcm_s8,pcm_s8_planar,pcm_s16le,pcm_s16be,pcm_s16le_planar,pcm_s16be_planar,pcm_u16le,"
    "pcm_u16be,pcm_s24le,pcm_s24be,pcm_s24le_planar,pcm_u24le,pcm_u24be,pcm_s32le,pcm_s32be,"
    "pcm_s32le_planar,pcm_u32le,pcm_u32be,pcm_s64le,pcm_s64be,pcm_f32le,pcm_f32be,pcm_f64le,"
    "pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,gsm_ms,flac,alac,mp1,"
    "mp1float,mp2,mp2float,mp3,mp3float,aac,vorbis,opus";

constexpr char kReadFormats[] =
    "readable are wav, flac, mp3, ogg, opus, m4a, aac, aiff, au, caf and the sound of mp4, mov, "
    "mkv, "
    "webm";

/// Sound is found within this much of a file or not at all: FFmpeg's own default, made explicit.
constexpr int kProbeBytes = 5'000'000;
constexpr int kAnalyzeMicroseconds = 5'000'000;
constexpr int kMaxStreams = 256;

/// A file may end this much before the time that its header promises: encoders round, and count
/// their padding or not.
constexpr double kMissingToleranceS = 0.1;

void silence_ffmpeg() {
  static const bool done = [] {
    av_log_set_callback([](void*, int, const char*, va_list) {});
    return true;
  }();
  static_cast<void>(done);
}

/// A sound file has no business opening another one.
int refuse_to_open(AVFormatContext* /*context*/, AVIOContext** /*io*/, const char* /*url*/,
                   int /*flags*/, AVDictionary** /*options*/) {
  return AVERROR(EPERM);
}

bool on_list(const std::string& names, const char* list) {
  return av_match_list(names.c_str(), list, ',') > 0;
}

std::string first_name(const std::string& names) { return names.substr(0, names.find(',')); }

const AVInputFormat* recognise(const AudioSource& source) {
  const AVInputFormat* format = nullptr;
  const int score =
      av_probe_input_buffer2(source.io(), &format, source.name().c_str(), nullptr, 0, 0);
  if (score < 0 && source.bytes_read() == 0 && source.read_errno() == 0) {
    fail_to_read(source.name(), "the input is empty");
  }
  if (score < 0 && source.read_errno() != 0) {
    fail_to_read(source.name(), std::system_category().message(source.read_errno()));
  }
  if (score < 0 || format == nullptr) {
    fail_to_read(source.name(), std::string("not a sound file (") + kReadFormats + ")");
  }
  if (!on_list(format->name, kContainers)) {
    throw Error(ErrorCode::unsupported, source.name() + ": looks like a file of type " +
                                            first_name(format->name) + ", which is not read (" +
                                            kReadFormats + ")");
  }
  return format;
}

std::string no_such_file(const std::string& format, int status) {
  return "a damaged or truncated " + format + " file, or none at all (" + ffmpeg_reason(status) +
         ")";
}

void set_limits(AVFormatContext& context) {
  context.io_open = refuse_to_open;
  context.probesize = kProbeBytes;
  context.max_analyze_duration = kAnalyzeMicroseconds;
  context.max_streams = kMaxStreams;
  context.format_whitelist = av_strdup(kContainers);
  context.codec_whitelist = av_strdup(kDecoders);
  context.protocol_whitelist = av_strdup("");
  if (context.format_whitelist == nullptr || context.codec_whitelist == nullptr ||
      context.protocol_whitelist == nullptr) {
    throw std::bad_alloc();
  }
}

bool is_sound(const AVStream& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO; }

/// The ffmpeg program's choice: a stream that has packets, the default one, the most channels.
std::int64_t preference(const AVStream& stream) {
  return stream.codecpar->ch_layout.nb_channels +
         ((stream.event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) != 0 ? 100'000'000 : 0) +
         ((stream.disposition & AV_DISPOSITION_DEFAULT) != 0 ? 5'000'000 : 0);
}

/// Whether less of the packet is there than it says itself.
bool is_cut_off(const AVPacket& packet, AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MP1:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP3:
      return static_cast<std::size_t>(packet.size) <
             mpeg_frame_bytes(std::as_bytes(std::span(packet.data, std::size_t(packet.size))));
    default:
      // FFmpeg marks what it could not read whole. The last packet of PCM of unknown length is
      // always marked.
      return (packet.flags & AV_PKT_FLAG_CORRUPT) != 0 && av_get_exact_bits_per_sample(codec) == 0;
  }
}

}  // namespace

void check_channels_and_rate(const std::string& name, int channels, int rate_hz) {
  if (channels < 1 || channels > kMaxAudioChannels) {
    fail_to_read(name, "sound of " + std::to_string(channels) + " channels, expected 1 to " +
                           std::to_string(kMaxAudioChannels));
  }
  if (rate_hz < kMinSourceRateHz || rate_hz > kMaxSourceRateHz) {
    fail_to_read(name, "sound sampled at " + std::to_string(rate_hz) + " Hz, expected " +
                           std::to_string(kMinSourceRateHz) + " to " +
                           std::to_string(kMaxSourceRateHz));
  }
}

AudioContainer::AudioContainer(std::unique_ptr<AudioSource> source) : source_(std::move(source)) {
  silence_ffmpeg();
  open();
  choose_stream();
  if (source_->size_bytes() >= 0) check_extent();
}

void AudioContainer::open() {
  const AVInputFormat* format = recognise(*source_);
  auto context = own(avformat_alloc_context());
  set_limits(*context);
  context->pb = source_->io();
  // On failure avformat_open_input frees the context itself, but not our AVIOContext.
  AVFormatContext* raw = context.release();
  const int opened = avformat_open_input(&raw, "", format, nullptr);
  if (opened < 0) {
    fail_to_read(name(), no_such_file(first_name(format->name), opened));
  }
  context_.reset(raw);
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream& stream = *context_->streams[i];
    const AVCodecParameters& sound = *stream.codecpar;
    if (!is_sound(stream)) {
      stream.discard = AVDISCARD_ALL;
    } else if (sound.ch_layout.nb_channels != 0 && sound.sample_rate != 0) {
      check_channels_and_rate(name(), sound.ch_layout.nb_channels, sound.sample_rate);
    }
  }
  const int analysed = avformat_find_stream_info(context_.get(), nullptr);
  if (analysed < 0) {
    fail_to_read(name(), no_such_file(format_name(), analysed));
  }
}

void AudioContainer::choose_stream() {
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    stream->discard = AVDISCARD_ALL;
    if (!is_sound(*stream)) continue;
    if (stream_ == nullptr || preference(*stream) > preference(*stream_)) stream_ = stream;
  }
  if (stream_ == nullptr) fail_to_read(name(), "no sound in this " + format_name() + " file");
  stream_->discard = AVDISCARD_DEFAULT;

  const AVCodecParameters& sound = *stream_->codecpar;
  decoder_ = avcodec_find_decoder(sound.codec_id);
  if (decoder_ == nullptr || !on_list(decoder_->name, kDecoders)) {
    const bool known = sound.codec_id != AV_CODEC_ID_NONE;
    throw Error(
        ErrorCode::unsupported,
        name() + ": sound coded " +
            (known ? std::string("as ") + avcodec_get_name(sound.codec_id) : "in an unknown way") +
            ", which is not read");
  }
  if (sound.ch_layout.nb_channels == 0 || sound.sample_rate == 0) {
    fail_to_read(name(),
                 "no sound in it can be decoded (" + format_name() + ", " + codec_name() + ")");
  }
  check_channels_and_rate(name(), sound.ch_layout.nb_channels, sound.sample_rate);
}

FfmpegPtr<AVCodecContext> AudioContainer::open_decoder() const {
  auto codec = own(avcodec_alloc_context3(decoder_));
  int status = avcodec_parameters_to_context(codec.get(), stream_->codecpar);
  if (status >= 0) {
    codec->pkt_timebase = stream_->time_base;
    codec->thread_count = 1;
    status = avcodec_open2(codec.get(), decoder_, nullptr);
  }
  if (status < 0)
    fail_to_read(name(), "cannot decode " + codec_name() + ": " + ffmpeg_reason(status));
  return codec;
}

bool AudioContainer::next_packet(AVPacket& packet) {
  while (end_reason_ == 0) {
    av_packet_unref(&packet);
    const int status = av_read_frame(context_.get(), &packet);
    if (status < 0) {
      end_reason_ = status;
    } else if (packet.stream_index == stream_->index) {
      last_packet_short_ = is_cut_off(packet, stream_->codecpar->codec_id);
      return true;
    }
  }
  return false;
}

/// Compares the length that the container gives itself with the bytes that are there.
void AudioContainer::check_extent() const {
  const std::int64_t size =
      source_->size_bytes() >= 0 ? source_->size_bytes() : source_->bytes_read();
  const std::int64_t promised = promised_end_bytes(format_name(), source_->head()).value_or(0);
  const auto tolerance = static_cast<std::int64_t>(
      kMissingToleranceS * static_cast<double>(stream_->codecpar->bit_rate) / 8);
  if (promised - size > tolerance) {
    fail_to_read(name(), "truncated: its header promises " + std::to_string(promised) +
                             " bytes, found " + std::to_string(size));
  }
  if (format_name() == "ogg" && ends_inside_ogg_page(source_->tail())) {
    fail_to_read(name(), "truncated: ends inside an Ogg page");
  }
}

/// Seconds that the header promises in so many words, or 0 when it does not. A guess from the bit
/// rate is no promise, nor is the total of all streams.
double AudioContainer::promised_s() const {
  const bool promises = on_list(format_name(), "flac,mp3,mov,aiff,au") &&
                        context_->duration_estimation_method == AVFMT_DURATION_FROM_STREAM;
  if (!promises || stream_->duration == AV_NOPTS_VALUE) return 0;
  return static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
}

void AudioContainer::check_complete(double found_s) const {
  if (source_->read_errno() != 0) {
    fail_to_read(name(),
                 "reading failed: " + std::system_category().message(source_->read_errno()));
  }
  const bool pipe = source_->size_bytes() < 0;
  if (pipe && format_name() == "mov" && end_reason_ != AVERROR_EOF) {
    fail_to_read(name(),
                 "the index of this file comes after its sound: it can be read from a file, not "
                 "from a pipe");
  }
  if (pipe) check_extent();
  char text[128];
  const double promised = promised_s();
  if (promised > found_s + kMissingToleranceS) {
    std::snprintf(text, sizeof(text),
                  "truncated or damaged: its header promises %.2f s of sound, found %.2f s",
                  promised, found_s);
    fail_to_read(name(), text);
  }
  if (end_reason_ != AVERROR_EOF) {
    std::snprintf(text, sizeof(text), "damaged after %.2f s of sound: ", found_s);
    fail_to_read(name(), text + ffmpeg_reason(end_reason_));
  }
  if (last_packet_short_) {
    std::snprintf(text, sizeof(text), "truncated: ends inside a packet after %.2f s of sound",
                  found_s);
    fail_to_read(name(), text);
  }
}

std::string AudioContainer::format_name() const { return first_name(context_->iformat->name); }

std::string AudioContainer::codec_name() const {
  return avcodec_get_name(stream_->codecpar->codec_id);
}

double AudioContainer::duration_s() const {
  if (context_->duration == AV_NOPTS_VALUE || context_->duration <= 0) return 0;
  return static_cast<double>(context_->duration) / AV_TIME_BASE;
}

}  // namespace tessera::whisper
