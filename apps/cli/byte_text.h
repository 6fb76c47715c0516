// How numbers of bytes are printed.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::cli {

/// "0 B", "999 B", "1.0 kB", "145.3 MB", "3.1 GB": powers of 1000, as disks are sold.
std::string format_bytes(std::uint64_t bytes);

}  // namespace tessera::cli
