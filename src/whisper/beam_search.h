// Beam search: the likeliest sequences side by side.
#pragma once

#include "src/whisper/search.h"

namespace tessera::whisper {

struct BeamOptions {
  int beams = 5;  ///< hypotheses kept from step to step
  /// The search ends with round(beams x patience) finished hypotheses (Kasai et al. 2022).
  double patience = 1.0;
};

/// At every step each hypothesis proposes its beams + 1 likeliest continuations. In the order of
/// their scores those that end the text are set aside as finished, until `beams` others are found,
/// which go on. When the steps run out before enough are finished, the best of the others are taken
/// as if they had ended. Returns the finished ones in the order in which they were found, at least
/// one. Source: BeamSearchDecoder of openai/whisper's decoding.py.
std::vector<Hypothesis> beam_search(const SearchStart& start, const LogitFilters& filters,
                                    const SearchLimits& limits, const BeamOptions& options,
                                    const std::stop_token& stop);

}  // namespace tessera::whisper
