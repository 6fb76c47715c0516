// Numbers and names as the reports write them.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::compute::npu {

/// With that many digits behind the point.
std::string fixed(double value, int digits);

/// "1 234 567"
std::string grouped(std::int64_t value);

/// "43.5 KB"; of 1024 bytes.
std::string kilobytes(std::int64_t bytes);

/// "83 %"
std::string percent(double share);

/// For the text of a page and the values of its attributes.
std::string escaped(const std::string& text);

}  // namespace tessera::compute::npu
