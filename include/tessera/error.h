// The one exception that the library throws.
#pragma once

#include <stdexcept>
#include <string>

#include "tessera/export.h"

namespace tessera {

/// The kinds of failure that a caller may want to tell apart.
enum class ErrorCode {
  bad_argument,   ///< an option or parameter is wrong
  bad_file,       ///< a file is missing, damaged, or not what it claims to be
  unsupported,    ///< asked for something that this build or machine cannot do
  out_of_memory,  ///< an allocation failed
  device_failed,  ///< a device was lost or answered wrongly
  cancelled,      ///< the caller asked to stop
  internal,       ///< a bug of ours
};

/// Name of a code as it appears in logs and bindings, e.g. "bad_file".
TESSERA_API const char* error_code_name(ErrorCode code) noexcept;

/// Thrown by every function of the library that can fail. The message is one line that says what
/// was wanted, what came, and where.
class TESSERA_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace tessera
