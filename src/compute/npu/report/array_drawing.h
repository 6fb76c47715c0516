// The array as a drawing: what lies on which tile, and how objects travel between tiles.
#pragma once

#include <string>

#include "src/compute/npu/report/plan_report.h"

namespace tessera::compute::npu {

/// An inline SVG, whose colours are the page's (see report_page). Columns from the left, the shims
/// at the bottom, as in AMD's drawings.
std::string array_svg(const PlanReport& report);

}  // namespace tessera::compute::npu
