// Charts as SVG text, for pages that need nothing else.
#pragma once

#include <string>
#include <vector>

namespace tessera::bench {

/// `<`, `>`, `&` and quotes as HTML writes them.
std::string escape_html(const std::string& text);

struct Bar {
  std::string label;
  double value = 0;  ///< above 0
  std::string text;  ///< what stands behind the bar
  bool emphasised = false;
};

/// Horizontal bars on a logarithmic scale. Empty text when there are none.
std::string bar_chart(const std::vector<Bar>& bars, const std::string& axis);

struct Point {
  double x = 0, y = 0;  ///< x above 0
  std::string label;
};

/// Points with labels; x is logarithmic. Empty text when there are none.
std::string scatter_chart(const std::vector<Point>& points, const std::string& x_axis,
                          const std::string& y_axis);

}  // namespace tessera::bench
