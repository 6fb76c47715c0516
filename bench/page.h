// A report as one page for a browser: tables and charts, nothing from elsewhere.
#pragma once

#include <iosfwd>

#include "bench/report.h"

namespace tessera::bench {

void write_page(const Report& report, std::ostream& out);

}  // namespace tessera::bench
