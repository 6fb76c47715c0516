// The command `tessera serve`.
#pragma once

#include <string>
#include <vector>

namespace tessera::server {

/// Serves until it is asked to end. Takes the arguments after the command's name and returns the
/// exit status. Throws UsageError or tessera::Error when it cannot begin.
int serve_command(const std::vector<std::string>& arguments);

}  // namespace tessera::server
