// What the decoder says of a hypothesis' next token, under the rules of the search.
#pragma once

#include <span>
#include <vector>

#include "src/whisper/logit_filters.h"

namespace tessera::whisper {

/// One row at a time, in memory that is used again for the next: the filters change a copy, so that
/// the decoder's own row stays as it is. Borrows the filters.
class FilteredLogits {
 public:
  /// `count`: how many of the likeliest tokens to find, at least 1.
  FilteredLogits(const LogitFilters& filters, std::size_t count) : filters_(filters), ids_(count) {}

  /// Takes the logits (n_vocab) after the tokens `sampled`, the prompt left out.
  void take(std::span<const float> logits, std::span<const int> sampled);

  /// (n_vocab), what the filters left.
  std::span<const float> values() const { return values_; }
  /// The likeliest tokens, likeliest first, the lower id of equals first; none where nothing is
  /// allowed or one is infinite.
  std::span<const int> likeliest() const { return likeliest_; }
  /// The logarithm of a token's probability, where there is a likeliest one.
  double logprob(int token) const { return values_[static_cast<std::size_t>(token)] - normaliser_; }

 private:
  const LogitFilters& filters_;
  std::vector<int> ids_;
  std::vector<float> values_;
  std::span<const int> likeliest_;
  double normaliser_ = 0;  // log of the sum of exp of all values
};

}  // namespace tessera::whisper
