#include "src/whisper/stream/word_agreement.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace tessera::whisper {
namespace {

/// Levenshtein distances of `words` from each beginning of `hypothesis`: entry k is that from its
/// first k words.
std::vector<std::size_t> prefix_distances(std::span<const HeardWord> words,
                                          std::span<const HeardWord> hypothesis) {
  std::vector<std::size_t> row(hypothesis.size() + 1);
  for (std::size_t k = 0; k < row.size(); ++k) row[k] = k;
  for (const HeardWord& word : words) {
    std::size_t diagonal = row[0]++;
    for (std::size_t k = 1; k < row.size(); ++k) {
      const std::size_t substituted = diagonal + (hypothesis[k - 1].key == word.key ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({substituted, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row;
}

}  // namespace

std::size_t committed_prefix(std::span<const HeardWord> committed,
                             std::span<const HeardWord> hypothesis, double committed_end_s) {
  if (committed.empty()) {
    const auto is_new = [&](const HeardWord& heard) {
      return (heard.word.start_s + heard.word.end_s) / 2 >= committed_end_s;
    };
    return static_cast<std::size_t>(std::ranges::find_if(hypothesis, is_new) - hypothesis.begin());
  }
  const std::vector<std::size_t> distances = prefix_distances(committed, hypothesis);
  const auto gap_s = [&](std::size_t count) {
    const double end_s = count == 0 ? 0.0 : hypothesis[count - 1].word.end_s;
    return std::abs(end_s - committed_end_s);
  };
  std::size_t best = 0;
  for (std::size_t k = 1; k < distances.size(); ++k) {
    if (distances[k] < distances[best] ||
        (distances[k] == distances[best] && gap_s(k) < gap_s(best))) {
      best = k;
    }
  }
  return best;
}

std::size_t agreed_words(std::span<const HeardWord> older, std::span<const HeardWord> newer,
                         double settled_s) {
  const std::size_t count = std::min(older.size(), newer.size());
  std::size_t agreed = 0;
  while (agreed < count && older[agreed].key == newer[agreed].key) ++agreed;
  if (agreed == 0 || agreed < newer.size()) return agreed;
  const Word& last = newer[agreed - 1].word;
  const bool settled = last.end_s <= settled_s && older[agreed - 1].word.text == last.text;
  return settled ? agreed : agreed - 1;
}

std::vector<HeardWord> WordAgreement::update(std::vector<HeardWord> hypothesis, double settled_s) {
  const std::size_t known = committed_prefix(committed_, hypothesis, committed_end_s_);
  hypothesis.erase(hypothesis.begin(), hypothesis.begin() + static_cast<std::ptrdiff_t>(known));
  const std::size_t agreed = agreed_words(open_, hypothesis, settled_s);
  open_ = std::move(hypothesis);
  return commit(agreed);
}

std::vector<HeardWord> WordAgreement::take_rest() { return commit(open_.size()); }

std::vector<HeardWord> WordAgreement::commit(std::size_t count) {
  const auto end = open_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<HeardWord> words(open_.begin(), end);
  open_.erase(open_.begin(), end);
  for (HeardWord& heard : words) {
    // Each decoding has times of its own; those of final words never go back.
    heard.word.start_s = std::max(heard.word.start_s, committed_end_s_);
    heard.word.end_s = std::max(heard.word.end_s, heard.word.start_s);
    committed_end_s_ = heard.word.end_s;
    committed_.push_back(heard);
  }
  return words;
}

std::vector<HeardWord> WordAgreement::forget_before(double at_s) {
  const auto kept = std::ranges::find_if(
      committed_, [&](const HeardWord& heard) { return heard.word.start_s >= at_s; });
  std::vector<HeardWord> forgotten(std::make_move_iterator(committed_.begin()),
                                   std::make_move_iterator(kept));
  committed_.erase(committed_.begin(), kept);
  return forgotten;
}

}  // namespace tessera::whisper
