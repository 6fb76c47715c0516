// Accuracy of the variants of attention as tables, apart from the tables of times.
#pragma once

#include <iosfwd>
#include <vector>

#include "bench/report.h"

namespace tessera::bench {

/// For people: kind of input by kind, a line for each variant. Rows without a verdict are left out.
void write_verdicts(const std::vector<Row>& rows, std::ostream& out);

/// For the page: variants in rows, kinds of input in columns. Nothing when no row has a verdict.
void write_verdicts_html(const std::vector<Row>& rows, std::ostream& out);

}  // namespace tessera::bench
