#include "src/whisper/logit_filters.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/compute/logits.h"
#include "src/whisper/log_softmax.h"

namespace tessera::whisper {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

void forbid(std::span<float> logits, std::span<const int> ids) {
  for (const int id : ids) {
    if (id >= 0 && static_cast<std::size_t>(id) < logits.size()) {
      logits[static_cast<std::size_t>(id)] = kForbidden;
    }
  }
}

// Forbids [first, last), cut to the vocabulary.
void forbid_range(std::span<float> logits, int first, int last) {
  const auto size = static_cast<int>(logits.size());
  first = std::clamp(first, 0, size);
  last = std::clamp(last, first, size);
  std::fill(logits.begin() + first, logits.begin() + last, kForbidden);
}

}  // namespace

SuppressBlank::SuppressBlank(std::vector<int> blank, int eot) : ids_(std::move(blank)) {
  ids_.push_back(eot);
}

void SuppressBlank::apply(std::span<float> logits, std::span<const int> sampled) const {
  if (sampled.empty()) forbid(logits, ids_);
}

void SuppressTokens::apply(std::span<float> logits, std::span<const int> /*sampled*/) const {
  forbid(logits, ids_);
}

void RepetitionPenalty::apply(std::span<float> logits, std::span<const int> sampled) const {
  std::vector<int> ids = prefix_;
  ids.insert(ids.end(), sampled.begin(), sampled.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const int id : ids) {
    float& logit = logits[static_cast<std::size_t>(id)];
    logit = logit < 0 ? logit * penalty_ : logit / penalty_;
  }
}

void NoRepeatNgram::apply(std::span<float> logits, std::span<const int> sampled) const {
  std::vector<int> sequence = prefix_;
  sequence.insert(sequence.end(), sampled.begin(), sampled.end());
  if (sequence.size() < size_) return;
  const std::span<const int> recent = std::span(sequence).last(size_ - 1);
  for (std::size_t first = 0; first + size_ <= sequence.size(); ++first) {
    if (std::equal(recent.begin(), recent.end(), sequence.begin() + static_cast<long>(first))) {
      const int repeated[] = {sequence[first + size_ - 1]};
      forbid(logits, repeated);
    }
  }
}

void TimestampRules::apply(std::span<float> logits, std::span<const int> sampled) const {
  const int no_timestamps[] = {ids_.no_timestamps};
  forbid(logits, no_timestamps);
  keep_pairs(logits, sampled);
  keep_order(logits, sampled);
  if (sampled.empty()) begin_with_timestamp(logits);
  prefer_timestamp_mass(logits);
}

// After a timestamp that ends a segment the next one begins or the text ends; after one that begins
// a segment comes text.
void TimestampRules::keep_pairs(std::span<float> logits, std::span<const int> sampled) const {
  if (sampled.empty() || !is_timestamp(sampled.back())) return;
  const bool begins_segment = sampled.size() < 2 || is_timestamp(sampled[sampled.size() - 2]);
  if (begins_segment) {
    forbid_range(logits, ids_.timestamp_begin, static_cast<int>(logits.size()));
  } else {
    forbid_range(logits, 0, ids_.eot);
  }
}

// No timestamp before the last one; the same again only to begin the segment after it, so that no
// segment is empty and the window loop always advances.
void TimestampRules::keep_order(std::span<float> logits, std::span<const int> sampled) const {
  const auto last =
      std::find_if(sampled.rbegin(), sampled.rend(), [this](int id) { return is_timestamp(id); });
  if (last == sampled.rend()) return;
  const bool ended_segment =
      last == sampled.rbegin() && sampled.size() >= 2 && !is_timestamp(sampled[sampled.size() - 2]);
  forbid_range(logits, ids_.timestamp_begin, ended_segment ? *last : *last + 1);
}

void TimestampRules::begin_with_timestamp(std::span<float> logits) const {
  forbid_range(logits, 0, ids_.timestamp_begin);
  if (max_initial_index_) {
    forbid_range(logits, ids_.timestamp_begin + *max_initial_index_ + 1,
                 static_cast<int>(logits.size()));
  }
}

// Both sides are relative to the same normaliser, so it need not be computed.
void TimestampRules::prefer_timestamp_mass(std::span<float> logits) const {
  const auto split = static_cast<std::size_t>(
      std::clamp(ids_.timestamp_begin, 0, static_cast<int>(logits.size())));
  if (split == 0 || split == logits.size()) return;
  int best_text = 0;
  if (compute::largest(logits.first(split), {&best_text, 1}).empty()) return;
  if (log_sum_exp(logits.subspan(split)) > logits[static_cast<std::size_t>(best_text)]) {
    forbid_range(logits, 0, ids_.timestamp_begin);
  }
}

}  // namespace tessera::whisper
