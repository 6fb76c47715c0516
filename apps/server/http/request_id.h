// The names by which requests are found again in logs.
#pragma once

#include <string>
#include <string_view>

namespace tessera::server {

/// A client's id if it may stand in a header and a log: 1 to 128 letters, digits, '-', '_' or '.';
/// else a random one of ours.
std::string request_id(std::string_view proposed);

}  // namespace tessera::server
