// Whole transcriptions against what openai-whisper made of the same sounds (tools/goldens).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tessera/transcriber.h"
#include "tests/support/sounds.h"

namespace tessera::testing_support {

/// What came of some cases.
struct Tally {
  int cases = 0;
  int identical = 0;
  int explained = 0;          ///< cases that differ because of a tie of the reference
  int shifted_words = 0;      ///< words whose times differ by up to 0.02 s
  int files = 0;              ///< output files that are equal byte for byte
  int files_that_failed = 0;  ///< output files that openai-whisper fails to write
};

/// Decisions closer than this may go the other way in another correct float32 implementation:
/// logits, log-probabilities, and shares of the total probability in a draw.
inline constexpr double kDecisionTie = 1e-5;

/// Scores are compared to this, word times in seconds to the next.
inline constexpr double kScoreTolerance = 1e-4;
inline constexpr double kWordTolerance_s = 0.02;

/// Transcribes the golden's cases `part`, `part + parts`, ... with `model` and fails the running
/// test for each that differs: in tokens, the trace of windows and temperatures, scores, words and
/// their times, or the bytes of a file. A case whose first window that differs has a decision
/// closer than kDecisionTie is an exception: it is printed with its reason, counted, and not
/// compared from there on.
Tally expect_equal_cases(const nlohmann::json& golden, Transcriber& transcriber, Sounds& sounds,
                         int part, int parts);

/// One line for the log.
std::string describe(const Tally& tally);

}  // namespace tessera::testing_support
