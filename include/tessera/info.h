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

/// One way to compute one operation, see docs/tiles.md.
struct KernelInfo {
  std::string op;       ///< "matmul_i8"
  std::string variant;  ///< "avx512_vnni"
  std::string isa;      ///< the instruction set that it is compiled for; "portable": every machine
  bool available = false;  ///< whether this machine has it, and `isa` of list_kernels allows it
  bool selected = false;   ///< whether it is what runs when nothing else is asked for
  std::string
      exact_with;  ///< the variant that it is bit-equal to; empty when it has bounds instead
  std::string description;  ///< one line
};

/// Every kernel variant of this build. `isa` is the highest instruction set that may run: empty or
/// "auto" for all that the machine has, else "portable", "avx2", "avx_vnni", "avx512",
/// "avx512_vnni", "avx512_bf16", "amx", "neon" or "neon_dotprod". Throws Error{bad_argument} for
/// another name, Error{unsupported} when the machine lacks it.
TESSERA_API std::vector<KernelInfo> list_kernels(const std::string& isa = {});

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
