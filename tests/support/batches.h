// What the tests of decoding in batches share: a small model with a recording of four windows, and
// all that was heard, to compare.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tessera/transcriber.h"
#include "tests/support/api.h"

namespace tessera::test {

/// Everything of a segment that was heard.
struct Heard {
  int seek_frames;
  double start_s, end_s;
  std::string text;
  std::vector<int> tokens;
  double temperature, avg_logprob, no_speech_prob;
  std::vector<std::pair<std::string, double>> words;
  bool operator==(const Heard&) const = default;
};

inline void PrintTo(const Heard& heard, std::ostream* out) {
  *out << heard.seek_frames << ": " << heard.start_s << " to " << heard.end_s << " at "
       << heard.temperature << heard.text;
}

inline std::vector<Heard> heard(const Result& result) {
  std::vector<Heard> all;
  for (const Segment& segment : result.segments) {
    all.push_back({segment.seek_frames,
                   segment.start_s,
                   segment.end_s,
                   segment.text,
                   segment.tokens,
                   segment.temperature,
                   segment.avg_logprob,
                   segment.no_speech_prob,
                   {}});
    for (const Word& word : segment.words) all.back().words.emplace_back(word.text, word.start_s);
  }
  return all;
}

/// A small model on two threads, and a recording that takes four windows.
class BatchFixture : public testing::Test {
 protected:
  static constexpr double kSeconds = 100;  // four windows

  Result transcribe(Options options, int batch_size, const Callbacks& callbacks = {}) {
    options.batch_size = batch_size;
    return transcriber_.transcribe_samples(samples_, options, callbacks);
  }

  Model model_ = Model::load(kSmallModel);
  Transcriber transcriber_{model_, {.device = "cpu", .precision = "f32", .threads = 2}};
  std::vector<float> samples_ = tone(kSeconds);
};

}  // namespace tessera::test
