// What is behind the opaque handles of the C API.
#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "src/c_api/views.h"
#include "tessera/convert.h"
#include "tessera/download.h"
#include "tessera/model.h"
#include "tessera/options.h"
#include "tessera/result.h"
#include "tessera/tessera.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"

namespace tessera::c_api {

/// A C function and the pointer that it is given.
template <class Function>
struct UserCallback {
  Function function = nullptr;
  void* user = nullptr;
};

}  // namespace tessera::c_api

struct tessera_cancel_token {
  std::stop_source source;
};

struct tessera_options {
  tessera::Options transcription;
  tessera::DeviceOptions device;
  tessera::ConvertOptions convert;  ///< its model_dir is everybody's
  tessera::DownloadOptions download;
  tessera::SubtitleLayout layout;
  tessera::c_api::UserCallback<tessera_language_callback> on_language;
  tessera::c_api::UserCallback<tessera_segment_callback> on_segment;
  tessera::c_api::UserCallback<tessera_window_callback> on_window;
  tessera::c_api::UserCallback<tessera_progress_callback> on_progress;
  std::stop_token stop;
};

struct tessera_model {
  explicit tessera_model(tessera::Model loaded)
      : model(std::move(loaded)), description(model.describe()) {}

  tessera::Model model;
  std::string description;
};

struct tessera_transcriber {
  tessera_transcriber(const tessera::Model& from, const tessera::DeviceOptions& device)
      : model(from), transcriber(from, device), description(transcriber.describe()) {}

  tessera::Model model;
  tessera::Transcriber transcriber;
  std::string description;
  std::atomic<bool> busy = false;
};

struct tessera_result {
  tessera_result(tessera::Result transcript, tessera::RunInfo about)
      : result(std::move(transcript)),
        run(std::move(about)),
        segments(result.segments.begin(), result.segments.end()),
        left_out(tessera::c_api::view_left_out(result.left_out)),
        seconds{result.seconds.read, result.seconds.mel, result.seconds.encode,
                result.seconds.decode} {}
  tessera_result(const tessera_result&) = delete;  // the views point into the result
  tessera_result& operator=(const tessera_result&) = delete;

  tessera::Result result;
  tessera::RunInfo run;
  std::vector<tessera::c_api::SegmentView> segments;
  std::vector<tessera_left_out> left_out;
  tessera_stage_seconds seconds;
};

namespace tessera::c_api {

/// The caller's options, or the defaults for NULL.
inline tessera_options options_or_defaults(const tessera_options* options) {
  return options == nullptr ? tessera_options{} : *options;
}

}  // namespace tessera::c_api
