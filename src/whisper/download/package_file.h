// A file out of a Python package, which is an archive on the package index.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tessera/download.h"

namespace tessera::whisper {

/// Where a file is published, and the checksums by which it and its archive are known.
struct PackageFile {
  const char* name;            ///< what people ask for
  const char* publisher;       ///< the server's address, to which `path` is added
  const char* path;            ///< of the archive, on the server and on its mirrors
  const char* archive_sha256;  ///< 64 lower-case hexadecimal digits, as of the next
  const char* member;          ///< path of the file in the archive
  const char* sha256;
  std::uint64_t bytes;  ///< size of the file
  const char* file;     ///< what it is called here
};

/// The weights of Silero VAD v6.2.3 (MIT), from the wheel on the Python Package Index.
extern const PackageFile kSileroVad;

/// Fetches the archive, takes the file out and removes the archive; not when the file is there with
/// its checksum. `mirror`: address in the publisher's place; empty for none. Returns the file's
/// path. Throws as download_model.
std::string download_package_file(const PackageFile& package, const std::filesystem::path& folder,
                                  const std::string& mirror, const DownloadOptions& options,
                                  const DownloadCallbacks& callbacks);

}  // namespace tessera::whisper
