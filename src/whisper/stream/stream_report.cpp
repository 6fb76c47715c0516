#include "src/whisper/stream/stream_report.h"

#include <utility>

namespace tessera::whisper {
namespace {

StreamText joined(std::vector<Word> words) {
  StreamText text;
  if (words.empty()) return text;
  for (const Word& word : words) text.text += word.text;
  text.start_s = words.front().start_s;
  text.end_s = words.back().end_s;
  text.words = std::move(words);
  return text;
}

StreamText joined(std::span<const HeardWord> heard) {
  std::vector<Word> words;
  for (const HeardWord& word : heard) words.push_back(word.word);
  return joined(std::move(words));
}

}  // namespace

void StreamReport::add_final(std::span<const HeardWord> words) {
  if (words.empty()) return;
  has_words_ = true;
  if (callbacks_.on_final) callbacks_.on_final(joined(words));
  for (const HeardWord& heard : words) {
    if (heard.begins_segment) end_segment();
    segment_.push_back(heard.word);
  }
}

void StreamReport::set_partial(std::span<const HeardWord> words) {
  StreamText text = joined(words);
  if (text.text == partial_) return;
  partial_ = text.text;
  if (callbacks_.on_partial) callbacks_.on_partial(text);
}

void StreamReport::end_segment() {
  if (segment_.empty()) return;
  const StreamText text = joined(std::exchange(segment_, {}));
  if (callbacks_.on_segment) callbacks_.on_segment(text);
}

void StreamReport::end_utterance(double at_s) {
  set_partial({});
  end_segment();
  if (std::exchange(has_words_, false) && callbacks_.on_endpoint) callbacks_.on_endpoint(at_s);
}

}  // namespace tessera::whisper
