#include "src/whisper/audio.h"
#include "tessera/sound.h"

namespace tessera {

struct SoundFile::Impl {
  whisper::AudioStream stream;
};

SoundFile::SoundFile(const std::string& path)
    : impl_(std::make_unique<Impl>(Impl{whisper::AudioStream::open_file(path)})) {}

SoundFile::~SoundFile() = default;
SoundFile::SoundFile(SoundFile&& other) noexcept = default;
SoundFile& SoundFile::operator=(SoundFile&& other) noexcept = default;

std::size_t SoundFile::read(std::span<float> out) { return impl_->stream.read(out); }

}  // namespace tessera
