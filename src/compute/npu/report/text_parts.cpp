#include "src/compute/npu/report/text_parts.h"

#include <iomanip>
#include <sstream>

namespace tessera::compute::npu {

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > 0; at -= 3) {
    if (text[static_cast<std::size_t>(at) - 1] == '-') break;
    text.insert(static_cast<std::size_t>(at), 1, ' ');
  }
  return text;
}

std::string kilobytes(std::int64_t bytes) {
  return fixed(static_cast<double>(bytes) / 1024, bytes % 1024 == 0 ? 0 : 1) + " KB";
}

std::string percent(double share) { return fixed(100 * share, 0) + " %"; }

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace tessera::compute::npu
