// Packing and calibrating models.
#include "tessera/prepare.h"

#include <algorithm>
#include <new>
#include <utility>

#include "src/whisper/audio.h"
#include "src/whisper/device_options.h"
#include "src/whisper/mel.h"
#include "src/whisper/model_data.h"
#include "src/whisper/recording.h"

namespace tessera {
namespace {

/// Log-mels of up to `most` windows: the first of every file, then the second of each, and so on.
std::vector<compute::Tensor> windows_of(const std::vector<std::string>& files, int n_mels, int most,
                                        const std::stop_token& stop) {
  std::vector<whisper::LogMel> mels;
  for (const std::string& file : files) {
    mels.push_back(
        whisper::read_recording(whisper::open_recording(file, -1), {}, n_mels, stop).mel);
  }
  std::vector<compute::Tensor> windows;
  for (int first = 0; static_cast<int>(windows.size()) < most; first += whisper::kWindowFrames) {
    const std::size_t before = windows.size();
    for (const whisper::LogMel& mel : mels) {
      if (first >= mel.content_frames() || static_cast<int>(windows.size()) == most) continue;
      compute::Tensor window(compute::DType::f32, n_mels, whisper::kWindowFrames);
      mel.window(first, std::min(whisper::kWindowFrames, mel.content_frames() - first),
                 window.values<float>());
      windows.push_back(std::move(window));
    }
    if (windows.size() == before) break;
  }
  return windows;
}

void check(const std::vector<std::string>& files, const CalibrationOptions& options) {
  if (files.empty()) throw Error(ErrorCode::bad_argument, "calibrate: expected sound files");
  if (!(options.largest_error > 0)) {
    throw Error(ErrorCode::bad_argument, "largest_error: expected a number above 0, got " +
                                             std::to_string(options.largest_error));
  }
  if (options.windows < 1) {
    throw Error(ErrorCode::bad_argument,
                "windows: expected 1 or more, got " + std::to_string(options.windows));
  }
}

}  // namespace

std::string pack_model(const Model& model, const DeviceOptions& options) try {
  return whisper::open_device(options)->store_packed(model.data().weights,
                                                     compute::parse_precision(options.precision));
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "pack: not enough memory");
}

std::string describe_plan(const Model& model, const DeviceOptions& options) {
  return whisper::open_device(options)->describe_plan(*model.data().weights,
                                                      compute::parse_precision(options.precision));
}

Calibration calibrate_model(const Model& model, const std::vector<std::string>& files,
                            const CalibrationOptions& options,
                            const CalibrationCallbacks& callbacks) try {
  check(files, options);
  const auto device = whisper::open_device(options.device);
  const std::vector<compute::Tensor> windows =
      windows_of(files, model.data().config.dims.n_mels, options.windows, callbacks.stop);
  std::vector<compute::TensorView> views;
  for (const compute::Tensor& window : windows) views.push_back(window.view());
  const compute::CalibrationReport report = device->calibrate(
      model.data().weights, views, {options.largest_error, callbacks.on_progress, callbacks.stop});
  Calibration result;
  for (const auto& part : report.parts) result.parts.push_back({part.name, part.error, part.kept});
  result.int8_error = report.int8_error;
  result.error = report.error;
  result.path = report.path;
  return result;
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::out_of_memory, "calibrate: not enough memory");
}

}  // namespace tessera
