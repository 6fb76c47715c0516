#include "python/bindings/audio.h"

#include <nanobind/ndarray.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tessera/audio.h"

namespace nb = nanobind;

namespace tessera::python {
namespace {

using Array = nb::ndarray<nb::numpy, float, nb::ndim<1>>;

/// Up to `count` samples, which the array owns.
Array read(AudioReader& reader, std::size_t count) {
  auto samples = std::make_unique<std::vector<float>>(count);
  {
    const nb::gil_scoped_release unlocked;
    samples->resize(reader.read(*samples));
  }
  const std::size_t size = samples->size();
  float* data = samples->data();
  const nb::capsule owner(samples.get(), [](void* vector) noexcept {
    const std::unique_ptr<std::vector<float>> owned(static_cast<std::vector<float>*>(vector));
  });
  samples.release();  // NOLINT(bugprone-unused-return-value): the capsule has it
  return {data, {size}, owner};
}

}  // namespace

void bind_audio(nb::module_& module) {
  nb::class_<AudioReader>(module, "AudioReader")
      .def("__init__",
           [](AudioReader* self, const nb::bytes& path, int channel) {
             new (self) AudioReader(std::string(path.c_str(), path.size()), channel);
           })
      .def("read", &read)
      .def_prop_ro("duration_s", &AudioReader::duration_s);
}

}  // namespace tessera::python
