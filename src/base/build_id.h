// Which build this is.
#pragma once

#include <string>

namespace tessera::base {

/// The identifier that the linker gave the library or program which holds this code (its GNU build
/// id, a hash of all of it) as hexadecimal digits; "" when it was linked without one.
std::string build_id();

}  // namespace tessera::base
