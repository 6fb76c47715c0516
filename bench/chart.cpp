#include "bench/chart.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace tessera::bench {
namespace {

constexpr double kWidth = 960;

std::string number(double value) {
  std::ostringstream text;
  text << std::setprecision(3) << value;
  return text.str();
}

std::string text_at(double x, double y, const std::string& text, const std::string& more = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + more + ">" + escape_html(text) +
         "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\"/>\n";
}

std::string open_svg(double height) {
  return "<svg viewBox=\"0 0 " + number(kWidth) + " " + number(height) +
         "\" width=\"100%\" role=\"img\">\n";
}

// Powers of ten that hold all values, and where a value lies between them.
struct LogScale {
  LogScale(double smallest, double largest, double from, double to)
      : low(std::floor(std::log10(smallest))),
        high(std::max(low + 1, std::ceil(std::log10(largest)))),
        from(from),
        to(to) {}
  double operator()(double value) const {
    return from + (to - from) * (std::log10(value) - low) / (high - low);
  }
  std::string grid(double top, double bottom) const {
    std::string lines;
    for (double power = low; power <= high; ++power) {
      const double x = (*this)(std::pow(10, power));
      lines += line(x, top, x, bottom);
      lines += text_at(x, bottom + 16, number(std::pow(10, power)), "text-anchor=\"middle\"");
    }
    return lines;
  }

  double low, high, from, to;
};

}  // namespace

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string bar_chart(const std::vector<Bar>& bars, const std::string& axis) {
  if (bars.empty()) return "";
  constexpr double kRow = 24, kLeft = 300, kRight = 170;
  const auto [least, most] = std::minmax_element(
      bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.value < b.value; });
  const LogScale scale(least->value * 0.8, most->value, kLeft, kWidth - kRight);
  const double bottom = kRow * static_cast<double>(bars.size()) + 8;
  std::string svg = open_svg(bottom + 44) + scale.grid(0, bottom);
  double y = 4;
  for (const Bar& bar : bars) {
    const double end = scale(bar.value);
    svg += "<rect x=\"" + number(kLeft) + "\" y=\"" + number(y) + "\" width=\"" +
           number(std::max(1.0, end - kLeft)) + "\" height=\"" + number(kRow - 6) + "\"" +
           (bar.emphasised ? " class=\"strong\"" : "") + "/>\n";
    svg += text_at(kLeft - 8, y + 13, bar.label, "text-anchor=\"end\"");
    svg += text_at(end + 6, y + 13, bar.text);
    y += kRow;
  }
  return svg + text_at(kLeft, bottom + 36, axis) + "</svg>\n";
}

namespace {

/// Finds room for labels of points that lie close together: above those that are there already.
class Labels {
 public:
  /// Where the baseline of `text` goes that would best begin at (x, y).
  double place(double x, double y, const std::string& text) {
    constexpr double kLetter = 7.5, kLine = 14;  // of the page's 13 px sans-serif, generously
    const double end = x + kLetter * static_cast<double>(text.size());
    const auto taken = [&](const Box& box) {
      return x < box.end && box.begin < end && std::abs(box.y - y) < kLine;
    };
    while (std::any_of(boxes_.begin(), boxes_.end(), taken)) y -= kLine;
    boxes_.push_back({x, end, y});
    return y;
  }

 private:
  struct Box {
    double begin, end, y;
  };
  std::vector<Box> boxes_;
};

}  // namespace

std::string scatter_chart(const std::vector<Point>& points, const std::string& x_axis,
                          const std::string& y_axis) {
  if (points.empty()) return "";
  constexpr double kHeight = 420, kLeft = 80, kRight = 200, kTop = 30, kBottom = 370;
  const auto by_x = [](const Point& a, const Point& b) { return a.x < b.x; };
  const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
  const auto [left, right] = std::minmax_element(points.begin(), points.end(), by_x);
  const double low = std::min_element(points.begin(), points.end(), by_y)->y;
  const double high = std::max_element(points.begin(), points.end(), by_y)->y;
  const LogScale x(left->x * 0.8, right->x, kLeft, kWidth - kRight);
  const double span = std::max(high - low, 1e-9);
  const auto y = [&](double value) {
    return kBottom - 12 - (kBottom - kTop - 24) * (value - low) / span;
  };
  std::string svg = open_svg(kHeight) + x.grid(kTop, kBottom);
  for (const double share : {0.0, 0.5, 1.0}) {
    const double value = low + share * span;
    svg += line(kLeft, y(value), kWidth - kRight, y(value));
    svg += text_at(kLeft - 8, y(value) + 4, number(value), "text-anchor=\"end\"");
  }
  Labels labels;
  for (const Point& point : points) {
    svg += "<circle cx=\"" + number(x(point.x)) + "\" cy=\"" + number(y(point.y)) +
           "\" r=\"5\"><title>" + escape_html(point.label) + "</title></circle>\n";
    const double left_of_label = x(point.x) + 9, beside = y(point.y) + 4;
    svg += text_at(left_of_label, labels.place(left_of_label, beside, point.label), point.label);
  }
  return svg + text_at(kLeft, kHeight - 8, x_axis) + text_at(8, 16, y_axis) + "</svg>\n";
}

}  // namespace tessera::bench
