// A file from the network whose checksum is known: resumed, verified, complete or not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "src/whisper/download/web_address.h"
#include "tessera/download.h"

namespace tessera::whisper {

struct FileDownload {
  WebAddress address;
  std::string sha256;            ///< 64 lower-case hexadecimal digits
  std::filesystem::path target;  ///< where the file shall be
};

/// Whether the file is there with that checksum. Throws Error{bad_file} when something else than a
/// file is there, Error{cancelled}.
bool is_downloaded(const FileDownload& download, const std::stop_token& stop);

/// Throws Error{bad_file}: the file is not there as it should be, and the network may not be used.
[[noreturn]] void fail_without_network(const FileDownload& download);

/// Fetches it: options other than the folder and the mirror are followed. Waits while another
/// process fetches the same file, and then does not fetch it again. A file that is there with
/// another checksum is replaced.
void fetch_file(const FileDownload& download, const DownloadOptions& options,
                const DownloadCallbacks& callbacks);

}  // namespace tessera::whisper
