#include "src/whisper/audio.h"
#include "tessera/audio.h"

namespace tessera {

static_assert(AudioReader::kSampleRateHz == whisper::kSampleRateHz);

struct AudioReader::Impl {
  whisper::AudioStream stream;
};

AudioReader::AudioReader(const std::string& path, int channel)
    : impl_(new Impl{whisper::AudioStream::open_file(path, {.channel = channel})}) {}
AudioReader::~AudioReader() = default;
AudioReader::AudioReader(AudioReader&& other) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&& other) noexcept = default;

std::size_t AudioReader::read(std::span<float> out) { return impl_->stream.read(out); }

double AudioReader::duration_s() const { return impl_->stream.duration_s(); }

int channel_count(const std::string& path) {
  return whisper::AudioStream::open_file(path).channels();
}

int channel_count(std::span<const std::byte> file, const std::string& name) {
  return whisper::AudioStream::open_memory(file, name).channels();
}

}  // namespace tessera
