// Options by keyword: the library's table of names, with Python's values.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "tessera/named_options.h"

namespace tessera::python {

/// Sets the options that the keywords name. Raises TypeError for a name that there is not, telling
/// similar ones, and for a value of another type; throws Error{bad_argument} for one that does not
/// fit.
void set_options(const std::vector<NamedOption>& options, const nanobind::dict& values);

/// The class Options, whose attributes are the table's names.
void bind_options(nanobind::module_& module);

}  // namespace tessera::python
