// This run beside an earlier one.
#pragma once

#include <iosfwd>
#include <string>

#include "bench/report.h"

namespace tessera::bench {

/// Prints, for every row that the JSON report at `path` has as well (same name, variant and number
/// of threads), both medians and how many times faster this run is; then what only one of them has.
/// Runs of different days and machines differ by more than kernels do: compare ratios, not times.
/// Throws Error{bad_file} when `path` is no report of this program.
void write_comparison(const Report& report, const std::string& path, std::ostream& out);

}  // namespace tessera::bench
