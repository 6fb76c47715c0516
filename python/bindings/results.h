// The library's results as the dataclasses of tessera/results.py, and back.
#pragma once

#include <nanobind/nanobind.h>

#include "python/bindings/job.h"
#include "tessera/result.h"
#include "tessera/writers.h"

namespace tessera::python {

nanobind::object to_python(const Segment& segment);
nanobind::object to_python(const WindowReport& window);
nanobind::object to_python(const LanguageDetection& language);
/// With RunInfo as its `run`.
nanobind::object to_python(const Result& result, const RunInfo& run);

/// Raise TypeError naming the attribute that is of another type.
Result result_from_python(nanobind::handle result);
RunInfo run_from_python(nanobind::handle run);

}  // namespace tessera::python
