// Options by their names, for bindings to other languages and for files with settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/convert.h"
#include "tessera/download.h"
#include "tessera/error.h"
#include "tessera/options.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"

namespace tessera {

/// Where an option's value lies, which also says of what type it is.
using OptionPointer =
    std::variant<bool*, int*, std::uint64_t*, double*, std::string*, Task*, std::optional<int>*,
                 std::optional<double>*, std::vector<double>*>;

/// An option and its name, which is that of the member: "beam_size".
struct NamedOption {
  std::string_view name;
  OptionPointer value;
};

/// Every option of the structure, in the order of its declaration. The pointers lead into
/// `options`.
TESSERA_API std::vector<NamedOption> named_options(Options& options);
TESSERA_API std::vector<NamedOption> named_options(DeviceOptions& options);
TESSERA_API std::vector<NamedOption> named_options(ConvertOptions& options);
TESSERA_API std::vector<NamedOption> named_options(DownloadOptions& options);
TESSERA_API std::vector<NamedOption> named_options(SubtitleLayout& options);

}  // namespace tessera
