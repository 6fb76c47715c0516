#include "src/whisper/vad/sample_store.h"

namespace tessera::whisper {
namespace {

constexpr float kScale = 32768;

/// Whether the number is one of 16 bits by kScale. What is no number is none.
bool is_s16(float sample) {
  const float scaled = sample * kScale;
  if (!(scaled >= -kScale && scaled < kScale)) return false;
  return static_cast<float>(static_cast<std::int16_t>(scaled)) == scaled;
}

}  // namespace

void SampleStore::push(std::span<const float> samples) {
  if (samples.empty()) return;
  Piece& piece = pieces_.emplace_back();
  bool exact = true;
  for (const float sample : samples) exact = exact && is_s16(sample);
  if (exact) {
    piece.s16.reserve(samples.size());
    for (const float sample : samples) {
      piece.s16.push_back(static_cast<std::int16_t>(sample * kScale));
    }
  } else {
    piece.f32.assign(samples.begin(), samples.end());
  }
  size_ += static_cast<std::int64_t>(samples.size());
}

std::vector<float> SampleStore::Piece::floats() const {
  if (!f32.empty()) return f32;
  std::vector<float> samples(s16.size());
  for (std::size_t i = 0; i < s16.size(); ++i) samples[i] = static_cast<float>(s16[i]) / kScale;
  return samples;
}

}  // namespace tessera::whisper
