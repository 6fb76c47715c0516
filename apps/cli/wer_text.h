// Word error reports as people read them.
#pragma once

#include <string>
#include <vector>

#include "tessera/wer.h"

namespace tessera::cli {

/// One row for each report.
std::string wer_table(const std::vector<WerReport>& reports);

/// The transcripts of a report that have errors, each beside its reference, word below word, in
/// lines of about `columns`; S, D and I below mark substitutions, deletions and insertions.
std::string wer_errors(const WerReport& report, std::size_t columns = 100);

}  // namespace tessera::cli
