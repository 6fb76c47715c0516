// What this build and this machine can do.
#pragma once

#include <string>
#include <vector>

#include "tessera/error.h"

namespace tessera {

/// "0.1.0"
TESSERA_API const char* version() noexcept;

struct DeviceInfo {
  std::string name;  ///< what DeviceOptions::device takes
  bool available = false;
  std::string description;  ///< what it is, or why it is not available
};

/// Every device that this version knows, the one that "auto" takes first.
TESSERA_API std::vector<DeviceInfo> list_devices();

/// Instruction sets of this CPU that matter for speed, e.g. {"avx2", "avx512_vnni"}.
TESSERA_API std::vector<std::string> cpu_features();

/// Physical cores that this process may use, which is how many threads compute by default.
TESSERA_API int available_cores();

/// A language that multilingual models know.
struct Language {
  std::string code;  ///< "en"
  std::string name;  ///< "english"
};
TESSERA_API std::vector<Language> list_languages();

/// The code of a language given by its code or English name, in any case; empty when there is no
/// such language.
TESSERA_API std::string find_language(const std::string& name_or_code);

}  // namespace tessera
