// tessera::Error as the exceptions of tessera/errors.py.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>

namespace tessera::python {

/// From here on every Error that leaves a bound function is raised as what it stands for.
void bind_errors();

/// The exception as Python's object, for results that hold one.
nanobind::object error_to_python(const std::exception_ptr& error);

}  // namespace tessera::python
