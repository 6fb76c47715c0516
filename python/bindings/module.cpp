// The module tessera._native: what the Python files of the package are written with. Work is a Job,
// from which Python fetches events, so that nothing here calls back into Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "python/bindings/audio.h"
#include "python/bindings/engine.h"
#include "python/bindings/errors.h"
#include "python/bindings/job.h"
#include "python/bindings/option_values.h"
#include "python/bindings/results.h"
#include "tessera/download.h"
#include "tessera/info.h"
#include "tessera/prepare.h"
#include "tessera/writers.h"

namespace nb = nanobind;

namespace tessera::python {
namespace {

// An engine lives as long as a job of its own does, whoever of the two goes first.
struct PythonEngine {
  std::shared_ptr<Engine> engine;
};

struct PythonJob {
  nb::object sound;  ///< whose memory the job reads
  RunInfo run;
  std::unique_ptr<Job> job;
};

using Samples = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::string path_bytes(const nb::bytes& path) { return {path.c_str(), path.size()}; }

/// A path as bytes in a tuple of one, an encoded file as bytes, or samples as an array.
Sound sound_from_python(const nb::object& sound) {
  if (nb::isinstance<nb::tuple>(sound)) {
    return SoundFile{path_bytes(nb::cast<nb::bytes>(sound[0]))};
  }
  if (nb::isinstance<nb::bytes>(sound)) {
    const auto file = nb::cast<nb::bytes>(sound);
    return std::span(static_cast<const std::byte*>(file.data()), file.size());
  }
  const auto samples = nb::cast<Samples>(sound);
  return std::span(samples.data(), samples.size());
}

PythonEngine load_engine(const std::string& name, const std::string& model_dir,
                         const nb::dict& device) {
  DeviceOptions options;
  set_options(named_options(options), device);
  const nb::gil_scoped_release unlocked;
  return {std::make_shared<Engine>(name, model_dir, options)};
}

std::string pack(const std::string& name, const std::string& model_dir, const nb::dict& device) {
  DeviceOptions options;
  set_options(named_options(options), device);
  const nb::gil_scoped_release unlocked;
  return pack_model(Model::load(name, model_dir), options);
}

PythonJob start(const PythonEngine& self, const nb::object& sound, const Options& options,
                const Wanted& wanted) {
  const auto work = [engine = self.engine, from = sound_from_python(sound), options, wanted](
                        Job& job, const std::stop_token& stop) {
    engine->transcribe(job, stop, from, options, wanted);
  };
  return {sound, self.engine->describe_run(options), std::make_unique<Job>(work)};
}

PythonJob start_files(const PythonEngine& self, const std::vector<nb::bytes>& files,
                      const Options& options) {
  std::vector<std::string> paths;
  for (const nb::bytes& path : files) paths.push_back(path_bytes(path));
  const auto work = [engine = self.engine, paths = std::move(paths), options](
                        Job& job, const std::stop_token& stop) {
    engine->transcribe_files(job, stop, paths, options);
  };
  return {nb::none(), self.engine->describe_run(options), std::make_unique<Job>(work)};
}

PythonJob start_detection(const PythonEngine& self, const nb::object& sound,
                          const Options& options) {
  const auto work = [engine = self.engine, from = sound_from_python(sound), options](
                        Job& job, const std::stop_token& stop) {
    engine->detect_language(job, stop, from, options);
  };
  return {sound, {}, std::make_unique<Job>(work)};
}

PythonJob start_download(const std::string& name, const nb::dict& values) {
  DownloadOptions options;
  set_options(named_options(options), values);
  const auto work = [name, options](Job& job, const std::stop_token& stop) {
    DownloadCallbacks callbacks;
    callbacks.stop = stop;
    callbacks.on_progress = [&job](std::uint64_t done_bytes, std::uint64_t total_bytes) {
      job.tell(Progress{static_cast<double>(done_bytes), static_cast<double>(total_bytes)});
    };
    job.tell(download_model(name, options, callbacks));
  };
  return {nb::none(), {}, std::make_unique<Job>(work)};
}

/// Each event as (kind, values...).
struct EventToPython {
  const RunInfo& run;

  nb::object operator()(const LanguageDetection& language) const {
    return nb::make_tuple("language", to_python(language));
  }
  nb::object operator()(const Segment& segment) const {
    return nb::make_tuple("segment", to_python(segment));
  }
  nb::object operator()(const WindowReport& window) const {
    return nb::make_tuple("window", to_python(window));
  }
  nb::object operator()(const Progress& progress) const {
    return nb::make_tuple("progress", progress.done, progress.total);
  }
  nb::object operator()(const Result& result) const {
    return nb::make_tuple("result", to_python(result, run));
  }
  nb::object operator()(const FileDone& done) const {
    if (done.outcome.error != nullptr) {
      return nb::make_tuple("file", done.file, nb::none(), error_to_python(done.outcome.error));
    }
    return nb::make_tuple("file", done.file, to_python(done.outcome.result, run), nb::none());
  }
  nb::object operator()(const std::string& path) const {
    return nb::make_tuple("path", nb::steal(PyUnicode_DecodeFSDefaultAndSize(
                                      path.data(), static_cast<Py_ssize_t>(path.size()))));
  }
  nb::object operator()(const End& /*end*/) const { return nb::make_tuple("end"); }
};

/// None when there is no event yet.
nb::object next_event(const PythonJob& self, double timeout_s) {
  std::optional<Event> event;
  {
    const nb::gil_scoped_release unlocked;
    event = self.job->next(std::chrono::duration<double>(timeout_s));
  }
  return event ? std::visit(EventToPython{self.run}, *event) : nb::none();
}

OutputFormat one_format(const std::string& name) {
  const std::vector<OutputFormat> formats = parse_output_formats(name);
  if (formats.size() != 1) {
    throw Error(ErrorCode::bad_argument, "format: expected one, got '" + name + "'");
  }
  return formats.front();
}

SubtitleLayout layout_from_python(const nb::dict& values) {
  SubtitleLayout layout;
  set_options(named_options(layout), values);
  return layout;
}

std::string write_text(nb::handle result, const std::string& format, const nb::dict& layout) {
  std::ostringstream text;
  write_result(result_from_python(result), one_format(format), text, layout_from_python(layout),
               run_from_python(result.attr("run")));
  return text.str();
}

void save_file(nb::handle result, const std::string& format, const nb::bytes& path,
               const nb::dict& layout) {
  save_result(result_from_python(result), one_format(format), path_bytes(path),
              layout_from_python(layout), run_from_python(result.attr("run")));
}

std::string format_suffix(const std::string& name) {
  return output_format_suffix(one_format(name));
}

nb::list formats() {
  nb::list names;
  for (const OutputFormat format : output_formats()) names.append(output_format_name(format));
  return names;
}

void bind_jobs(nb::module_& module) {
  nb::class_<PythonJob>(module, "Job")
      .def("next", &next_event)
      .def("cancel", [](const PythonJob& self) { self.job->cancel(); })
      .def(
          "close", [](const PythonJob& self) { self.job->close(); },
          nb::call_guard<nb::gil_scoped_release>());
  nb::class_<Wanted>(module, "Wanted")
      .def("__init__", [](Wanted* self, bool language, bool segments, bool windows, bool progress) {
        new (self) Wanted{language, segments, windows, progress};
      });
  nb::class_<PythonEngine>(module, "Engine")
      .def("start", &start)
      .def("start_files", &start_files)
      .def("start_detection", &start_detection)
      .def_prop_ro("name", [](const PythonEngine& self) { return self.engine->model().name(); })
      .def_prop_ro("is_multilingual",
                   [](const PythonEngine& self) { return self.engine->model().is_multilingual(); })
      .def_prop_ro("vocabulary_size",
                   [](const PythonEngine& self) { return self.engine->model().vocabulary_size(); })
      .def_prop_ro("description",
                   [](const PythonEngine& self) { return self.engine->model().describe(); })
      .def_prop_ro("device", [](const PythonEngine& self) { return self.engine->device(); });
  module.def("load_engine", &load_engine);
  module.def("pack_model", &pack);
  module.def("start_download", &start_download);
}

void bind_information(nb::module_& module) {
  module.def("version", &version);
  module.def("downloadable_models", &downloadable_models);
  module.def("list_models", [](const std::string& model_dir) {
    nb::list found;
    for (const FoundModel& model : Model::list(model_dir)) {
      found.append(
          nb::make_tuple(model.name, model.directory, model.format, model.bytes, model.complete));
    }
    return found;
  });
  module.def("list_devices", [] {
    nb::list found;
    for (const DeviceInfo& device : tessera::list_devices()) {
      found.append(nb::make_tuple(device.name, device.available, device.description));
    }
    return found;
  });
  module.def("list_languages", [] {
    nb::dict names;
    for (const Language& language : tessera::list_languages()) {
      names[language.code.c_str()] = language.name;
    }
    return names;
  });
}

}  // namespace
}  // namespace tessera::python

NB_MODULE(_native, module) {
  using namespace tessera::python;
  bind_errors();
  bind_options(module);
  bind_jobs(module);
  bind_audio(module);
  bind_information(module);
  module.def("write", &write_text);
  module.def("save", &save_file);
  module.def("formats", &formats);
  module.def("format_suffix", &format_suffix);
}
