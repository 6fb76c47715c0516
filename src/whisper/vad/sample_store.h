// The samples of a recording, kept until it is known which of them are speech.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "src/whisper/vad/speech_spans.h"

namespace tessera::whisper {

/// Samples at 16 kHz in pieces, which are never moved. Those of files are of 16 bits and kept so
/// (115 MB per hour); pieces with any other number are kept as they are.
class SampleStore {
 public:
  void push(std::span<const float> samples);
  std::int64_t size() const { return size_; }

  /// Calls take(samples) with the samples of a span, piece by piece.
  template <class Take>
  void read(const SampleSpan& span, Take take) const {
    std::int64_t begin = 0;
    for (const Piece& piece : pieces_) {
      const std::int64_t end = begin + static_cast<std::int64_t>(piece.size());
      if (begin >= span.end) return;
      if (end > span.begin) {
        const std::vector<float> samples = piece.floats();
        const auto first = static_cast<std::size_t>(std::max(span.begin, begin) - begin);
        const auto last = static_cast<std::size_t>(std::min(span.end, end) - begin);
        take(std::span(samples).subspan(first, last - first));
      }
      begin = end;
    }
  }

 private:
  struct Piece {
    std::vector<std::int16_t> s16;
    std::vector<float> f32;  // when they are not of 16 bits
    std::size_t size() const { return s16.size() + f32.size(); }
    std::vector<float> floats() const;
  };

  std::vector<Piece> pieces_;
  std::int64_t size_ = 0;
};

}  // namespace tessera::whisper
