// tessera::download_model: which file a name or an address means, and where it goes.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "src/whisper/download/file_download.h"
#include "src/whisper/download/package_file.h"
#include "src/whisper/download/sha256.h"
#include "src/whisper/json_file.h"
#include "src/whisper/model_places.h"
#include "src/whisper/published_models.h"
#include "tessera/download.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

fs::path folder_for_models(const DownloadOptions& options) {
  if (!options.model_dir.empty()) return options.model_dir;
  fs::path cache = whisper::cache_folder();
  if (cache.empty()) {
    throw Error(ErrorCode::bad_argument,
                "model directory: none given, and neither TESSERA_CACHE nor HOME is set");
  }
  return cache;
}

void require_sound(const DownloadOptions& options) {
  constexpr int kLongestTimeout = 24 * 60 * 60;
  constexpr int kMostRetries = 1000;
  const auto require = [](const char* option, int value, int smallest, int largest) {
    if (value >= smallest && value <= largest) return;
    throw Error(ErrorCode::bad_argument,
                std::string(option) + ": expected " + std::to_string(smallest) + " to " +
                    std::to_string(largest) + ", got " + std::to_string(value));
  };
  require("timeout", options.timeout_s, 1, kLongestTimeout);
  require("retries", options.retries, 0, kMostRetries);
}

/// A name that stays in the folder and does not hide.
void require_plain_file_name(const std::string& name) {
  constexpr std::size_t kLongest = 200;  // ".part.etag" and the like must fit behind it
  const bool plain = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                     std::none_of(name.begin(), name.end(), [](char c) {
                       return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                     });
  if (!plain) {
    throw Error(ErrorCode::bad_argument,
                "name: expected a plain file name, got '" + whisper::printable(name) + "'");
  }
}

/// How the file of an address shall be called, with the ending by which it is found.
std::string file_name_of(const ModelAddress& address, const std::string& in_address) {
  const auto has_ending = [](const std::string& name) {
    return name.ends_with(".pt") || name.ends_with(".bin");
  };
  std::string name = address.name.empty() ? in_address : address.name;
  require_plain_file_name(name);
  if (has_ending(name)) return name;
  if (!has_ending(in_address)) {
    throw Error(ErrorCode::bad_argument, "name: expected one that ends with .pt or .bin, got '" +
                                             whisper::printable(name) + "'");
  }
  return name + in_address.substr(in_address.find_last_of('.'));
}

std::string download(const whisper::FileDownload& file, const DownloadOptions& options,
                     const DownloadCallbacks& callbacks) {
  if (whisper::is_downloaded(file, callbacks.stop)) return file.target.string();
  if (options.local_files_only) whisper::fail_without_network(file);
  whisper::fetch_file(file, options, callbacks);
  return file.target.string();
}

}  // namespace

std::vector<std::string> downloadable_models() {
  std::vector<std::string> names;
  for (const whisper::PublishedModel& model : whisper::published_models()) {
    names.emplace_back(model.name);
  }
  names.emplace_back(whisper::kSileroVad.name);
  return names;
}

std::string download_model(const std::string& name, const DownloadOptions& options,
                           const DownloadCallbacks& callbacks) {
  require_sound(options);
  const char* from_environment = std::getenv("TESSERA_MIRROR");
  std::string mirror = options.mirror;
  if (mirror.empty() && from_environment != nullptr) mirror = from_environment;
  if (name == whisper::kSileroVad.name) {
    return download_package_file(whisper::kSileroVad, folder_for_models(options), mirror, options,
                                 callbacks);
  }
  const whisper::PublishedModel* model = whisper::find_published_model(name);
  if (model == nullptr) {
    std::string known;
    for (const std::string& one : downloadable_models()) known += (known.empty() ? "" : ", ") + one;
    throw Error(ErrorCode::bad_argument,
                "model: expected one of " + known + ", got '" + whisper::printable(name) + "'");
  }
  if (mirror.empty()) mirror = whisper::kPublisher;
  const whisper::FileDownload file = {
      .address = whisper::address_on_mirror(mirror, whisper::published_path(*model)),
      .sha256 = std::string(model->sha256),
      .target = folder_for_models(options) / model->file};
  return download(file, options, callbacks);
}

std::string download_model_from(const ModelAddress& address, const DownloadOptions& options,
                                const DownloadCallbacks& callbacks) {
  require_sound(options);
  if (!options.mirror.empty()) {
    throw Error(ErrorCode::bad_argument, "mirror: expected none together with an address");
  }
  whisper::WebAddress web =
      whisper::parse_web_address(address.url, whisper::PlainHttp::loopback_only);
  const std::string file_name = file_name_of(address, web.file_name);
  const whisper::FileDownload file = {.address = std::move(web),
                                      .sha256 = whisper::parse_sha256(address.sha256),
                                      .target = folder_for_models(options) / file_name};
  return download(file, options, callbacks);
}

}  // namespace tessera
