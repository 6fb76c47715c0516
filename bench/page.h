// A report as one page for a browser: tables and charts, nothing from elsewhere.
#pragma once

#include <iosfwd>

#include "bench/report.h"

namespace tessera::bench {

/// Everything up to and with the heading of a page. Neither text is escaped.
void write_page_head(const char* title, const char* heading, std::ostream& out);

void write_page(const Report& report, std::ostream& out);

}  // namespace tessera::bench
