#include "src/c_api/callbacks.h"

#include <cstdint>
#include <functional>
#include <string>

#include "tessera/error.h"

namespace tessera::c_api {
namespace {

void cancel_unless_zero(int answer, const char* which) {
  if (answer == 0) return;
  throw Error(ErrorCode::cancelled, std::string("cancelled by the ") + which + " callback");
}

std::function<void(double, double)> progress_callback(const tessera_options& options) {
  const auto callback = options.on_progress;
  if (callback.function == nullptr) return {};
  return [callback](double done, double total) {
    cancel_unless_zero(callback.function(done, total, callback.user), "progress");
  };
}

}  // namespace

Callbacks transcription_callbacks(const tessera_options& options) {
  Callbacks callbacks;
  if (const auto callback = options.on_language; callback.function != nullptr) {
    callbacks.on_language = [callback](const std::string& code, double probability) {
      cancel_unless_zero(callback.function(code.c_str(), probability, callback.user), "language");
    };
  }
  if (const auto callback = options.on_segment; callback.function != nullptr) {
    callbacks.on_segment = [callback](const Segment& segment) {
      const SegmentView view(segment);
      cancel_unless_zero(callback.function(&view.get(), callback.user), "segment");
    };
  }
  if (const auto callback = options.on_window; callback.function != nullptr) {
    callbacks.on_window = [callback](const WindowReport& window) {
      const WindowView view(window);
      cancel_unless_zero(callback.function(&view.get(), callback.user), "window");
    };
  }
  callbacks.on_progress = progress_callback(options);
  callbacks.stop = options.stop;
  return callbacks;
}

ConvertCallbacks convert_callbacks(const tessera_options& options) {
  return {progress_callback(options), options.stop};
}

DownloadCallbacks download_callbacks(const tessera_options& options) {
  DownloadCallbacks callbacks;
  callbacks.stop = options.stop;
  if (const auto report = progress_callback(options)) {
    callbacks.on_progress = [report](std::uint64_t done_bytes, std::uint64_t total_bytes) {
      report(static_cast<double>(done_bytes), static_cast<double>(total_bytes));
    };
  }
  return callbacks;
}

}  // namespace tessera::c_api
