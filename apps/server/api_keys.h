// Who may use the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::server {

/// Whether an Authorization header ("Bearer KEY") holds one of the keys. How long it takes depends
/// on the length of what was sent, not on how much of it is right.
bool is_authorized(std::string_view authorization, const std::vector<std::string>& keys);

}  // namespace tessera::server
