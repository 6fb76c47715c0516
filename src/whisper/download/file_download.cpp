#include "src/whisper/download/file_download.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>

#include "src/whisper/download/http_fetch.h"
#include "src/whisper/download/part_file.h"
#include "src/whisper/download/sha256.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

[[noreturn]] void fail(const std::string& where, const std::string& problem) {
  throw Error(ErrorCode::bad_file, where + ": " + problem);
}

/// Throws Error{cancelled} when it is asked to stop, even while it sleeps.
void pause(milliseconds time, const std::stop_token& stop, const std::string& what) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any wake;
  wake.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) {
    throw Error(ErrorCode::cancelled, what + ": the download was cancelled");
  }
}

/// Puts what comes into the part file, within the limits.
class PartReceiver : public HttpReceiver {
 public:
  PartReceiver(const FileDownload& download, std::uint64_t max_bytes,
               const DownloadCallbacks& callbacks, PartFile& part)
      : download_(download), max_bytes_(max_bytes), callbacks_(callbacks), part_(part) {}

  /// Size of the whole file; 0 while it is not known.
  std::uint64_t total_bytes() const { return total_bytes_; }

  void begin(const HttpAnswer& answer) override {
    total_bytes_ = answer.size_bytes.value_or(0);
    require_size(total_bytes_);
    if (answer.first_byte == 0) part_.restart(download_.address.url, answer.etag);
    require_space();
    report();
  }

  void receive(std::span<const std::byte> bytes) override {
    require_size(part_.size_bytes() + bytes.size());
    part_.append(bytes);
    report();
  }

 private:
  void require_size(std::uint64_t bytes) const {
    if (bytes <= max_bytes_) return;
    fail(download_.address.shown, "expected at most " + std::to_string(max_bytes_) +
                                      " bytes, got " + std::to_string(bytes) +
                                      (total_bytes_ == 0 ? " and more" : ""));
  }

  /// Better now than after half an hour.
  void require_space() const {
    std::error_code unknown;
    const fs::space_info space = fs::space(part_.path().parent_path(), unknown);
    const std::uint64_t missing = total_bytes_ - std::min(total_bytes_, part_.size_bytes());
    if (unknown || missing <= space.available) return;
    fail(part_.path().string(), "expected room for " + std::to_string(missing) +
                                    " bytes more on the disk, found " +
                                    std::to_string(space.available));
  }

  void report() const {
    if (callbacks_.on_progress) callbacks_.on_progress(part_.size_bytes(), total_bytes_);
  }

  const FileDownload& download_;
  const std::uint64_t max_bytes_;
  const DownloadCallbacks& callbacks_;
  PartFile& part_;
  std::uint64_t total_bytes_ = 0;
};

/// All attempts for one file.
class Attempts {
 public:
  Attempts(const FileDownload& download, const DownloadOptions& options,
           const DownloadCallbacks& callbacks, PartFile& part)
      : download_(download),
        options_(options),
        callbacks_(callbacks),
        part_(part),
        receiver_(download, options.max_bytes, callbacks, part) {}

  /// Until the whole file has come, as far as the server tells.
  void run() {
    std::uint64_t furthest_bytes = part_.size_bytes();
    int in_vain = 0;
    while (true) {
      const std::string problem = attempt();
      if (problem.empty()) return;
      // A server that cuts every answer at the same place and cannot go on from there must not
      // keep us here forever: only what was never there before counts.
      if (part_.size_bytes() > furthest_bytes) in_vain = 0;
      furthest_bytes = std::max(furthest_bytes, part_.size_bytes());
      if (++in_vain > options_.retries) fail(download_.address.shown, problem + so_far());
      constexpr int kMostDoublings = 6;
      pause(milliseconds(500) * (1 << std::min(in_vain - 1, kMostDoublings)), callbacks_.stop,
            download_.address.shown);
    }
  }

 private:
  /// What went wrong, "" when nothing did.
  std::string attempt() {
    HttpRequest request = {.address = download_.address,
                           .first_byte = part_.size_bytes(),
                           .etag = part_.etag_from(download_.address.url),
                           .timeout_s = options_.timeout_s,
                           .stop = callbacks_.stop};
    const HttpResult result = http_get(request, receiver_);
    if (result.end == HttpEnd::cut) return result.problem;
    if (result.end == HttpEnd::bad_range) {
      // Either all of it is here and only the renaming was missed, or this is no part of it.
      if (sha256_of_file(part_.path(), callbacks_.stop) == download_.sha256) return {};
      part_.restart(download_.address.url, "");
      return attempt();
    }
    const bool whole =
        receiver_.total_bytes() == 0 || part_.size_bytes() == receiver_.total_bytes();
    return whole ? std::string() : "the server stopped early";
  }

  std::string so_far() const {
    if (part_.size_bytes() == 0) return {};
    const std::string total =
        receiver_.total_bytes() == 0 ? "" : " of " + std::to_string(receiver_.total_bytes());
    return " after " + std::to_string(part_.size_bytes()) + total +
           " bytes; they stay, and the next download goes on from there";
  }

  const FileDownload& download_;
  const DownloadOptions& options_;
  const DownloadCallbacks& callbacks_;
  PartFile& part_;
  PartReceiver receiver_;
};

/// Fetches until the checksum is right. Bytes from an earlier call may be of another version of
/// the file, and no server need tell: then all of it comes once more.
void fetch_verified(const FileDownload& download, const DownloadOptions& options,
                    const DownloadCallbacks& callbacks, PartFile& part) {
  bool resumed = part.size_bytes() > 0;
  while (true) {
    Attempts(download, options, callbacks, part).run();
    const std::string sha256 = sha256_of_file(part.path(), callbacks.stop);
    if (sha256 == download.sha256) return;
    const std::string size = std::to_string(part.size_bytes());
    part.restart(download.address.url, "");
    if (std::exchange(resumed, false)) continue;
    std::string problem = "expected the SHA-256 " + download.sha256;
    problem.append(", got ").append(sha256).append(" of ").append(size);
    fail(download.address.shown, problem.append(" bytes; they were thrown away"));
  }
}

}  // namespace

bool is_downloaded(const FileDownload& download, const std::stop_token& stop) {
  std::error_code error;
  const fs::file_status status = fs::status(download.target, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (!fs::is_regular_file(status)) {
    fail(download.target.string(), error ? "cannot read: " + error.message() : "is not a file");
  }
  return sha256_of_file(download.target, stop) == download.sha256;
}

void fail_without_network(const FileDownload& download) {
  std::error_code ignored;
  const char* problem = fs::exists(download.target, ignored)
                            ? "has another SHA-256 than the published one"
                            : "is not there";
  fail(download.target.string(), std::string(problem) + ", and only local files were allowed");
}

void fetch_file(const FileDownload& download, const DownloadOptions& options,
                const DownloadCallbacks& callbacks) {
  std::error_code error;
  fs::create_directories(download.target.parent_path(), error);
  if (error) fail(download.target.parent_path().string(), "cannot make: " + error.message());
  bool waited = false;
  PartFile part = PartFile::open(download.target, [&](std::uint64_t bytes) {
    constexpr milliseconds kBetweenLooks(100);
    waited = true;
    if (callbacks.on_progress) callbacks.on_progress(bytes, 0);
    pause(kBetweenLooks, callbacks.stop, download.target.string());
  });
  if (waited && is_downloaded(download, callbacks.stop)) return;
  fetch_verified(download, options, callbacks, part);
  part.commit();
}

}  // namespace tessera::whisper
