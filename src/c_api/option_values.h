// The options of a tessera_options by name and type.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "src/c_api/handles.h"
#include "tessera/named_options.h"

namespace tessera::c_api {

/// A value of each tessera_option_type, in its order.
using OptionValue = std::variant<std::string, std::int64_t, double, bool, std::vector<double>>;

/// Every option of the C API.
std::vector<NamedOption> all_options(tessera_options& options);

tessera_option_type type_of(const OptionPointer& value);

/// Throws Error{bad_argument}, and changes nothing, when there is no such option, it is of another
/// type, or the number does not fit it.
void set_option(tessera_options& options, const std::string& name, const OptionValue& value);

/// Throws Error{bad_argument} when there is no such option or it always has a value.
void unset_option(tessera_options& options, const std::string& name);

}  // namespace tessera::c_api
