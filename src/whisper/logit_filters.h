// Rules about which token may come next, applied to the logits before one is chosen.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tessera::whisper {

/// Forbids tokens by setting their logits to minus infinity. Each is one rule of openai/whisper's
/// decoding.py; they are applied in the order of LogitFilters.
class LogitFilter {
 public:
  virtual ~LogitFilter() = default;

  /// `logits`: (n_vocab), changed in place. `sampled`: the tokens chosen so far, without the
  /// prompt.
  virtual void apply(std::span<float> logits, std::span<const int> sampled) const = 0;
};

using LogitFilters = std::vector<std::unique_ptr<const LogitFilter>>;

/// At the first position: no blank and no end of text.
class SuppressBlank : public LogitFilter {
 public:
  SuppressBlank(std::vector<int> blank, int eot);
  void apply(std::span<float> logits, std::span<const int> sampled) const override;

 private:
  std::vector<int> ids_;
};

/// Never these ids. Ids outside the vocabulary are ignored.
class SuppressTokens : public LogitFilter {
 public:
  explicit SuppressTokens(std::vector<int> ids) : ids_(std::move(ids)) {}
  void apply(std::span<float> logits, std::span<const int> sampled) const override;

 private:
  std::vector<int> ids_;
};

/// Makes tokens that were sampled before less likely: a logit x of theirs becomes x / penalty when
/// it is positive, else x * penalty, once per token. Source: Keskar et al. 2019, as in CTranslate2.
class RepetitionPenalty : public LogitFilter {
 public:
  /// `prefix`: tokens that count as sampled before the first.
  RepetitionPenalty(double penalty, std::vector<int> prefix)
      : penalty_(static_cast<float>(penalty)), prefix_(std::move(prefix)) {}
  void apply(std::span<float> logits, std::span<const int> sampled) const override;

 private:
  float penalty_;
  std::vector<int> prefix_;
};

/// Forbids every token that would repeat a sequence of `size` tokens, timestamps included.
/// Source: no_repeat_ngram_size of CTranslate2.
class NoRepeatNgram : public LogitFilter {
 public:
  /// `size`: at least 1. `prefix`: tokens that count as sampled before the first.
  NoRepeatNgram(int size, std::vector<int> prefix)
      : size_(static_cast<std::size_t>(size)), prefix_(std::move(prefix)) {}
  void apply(std::span<float> logits, std::span<const int> sampled) const override;

 private:
  std::size_t size_;
  std::vector<int> prefix_;
};

/// The ids that the timestamp rules speak of.
struct TimestampIds {
  int eot = 0;
  int no_timestamps = 0;
  int timestamp_begin = 0;  ///< 0.00 s; all ids from here on are timestamps
};

/// Timestamps come in pairs around text, never go back, come first, and are taken whenever all of
/// them together are likelier than any single other token.
class TimestampRules : public LogitFilter {
 public:
  /// `max_initial_index`: the first timestamp is at most that many steps of 0.02 s; unset: no
  /// bound.
  TimestampRules(TimestampIds ids, std::optional<int> max_initial_index)
      : ids_(ids), max_initial_index_(max_initial_index) {}
  void apply(std::span<float> logits, std::span<const int> sampled) const override;

 private:
  void keep_pairs(std::span<float> logits, std::span<const int> sampled) const;
  void keep_order(std::span<float> logits, std::span<const int> sampled) const;
  void begin_with_timestamp(std::span<float> logits) const;
  void prefer_timestamp_mass(std::span<float> logits) const;
  bool is_timestamp(int id) const { return id >= ids_.timestamp_begin; }

  TimestampIds ids_;
  std::optional<int> max_initial_index_;
};

}  // namespace tessera::whisper
