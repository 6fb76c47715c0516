// Sound files as arrays of samples.
#pragma once

#include <nanobind/nanobind.h>

namespace tessera::python {

/// The class AudioReader, which tessera/audio.py completes.
void bind_audio(nanobind::module_& module);

}  // namespace tessera::python
