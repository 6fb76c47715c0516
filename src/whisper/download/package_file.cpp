#include "src/whisper/download/package_file.h"

#include <span>
#include <system_error>
#include <vector>

#include "src/base/atomic_file.h"
#include "src/base/mapped_file.h"
#include "src/whisper/download/file_download.h"
#include "src/whisper/download/sha256.h"
#include "src/whisper/zip_archive.h"
#include "tessera/error.h"

namespace tessera::whisper {

namespace fs = std::filesystem;

// The index's addresses are made of the archive's BLAKE2b-256 and never change their contents.
const PackageFile kSileroVad = {
    .name = "silero-vad",
    .publisher = "https://files.pythonhosted.org",
    .path =
        "/packages/84/ef/9099037ed6f180ea33220178df4107112c0ce2bf5fb4d6f6ab19db2844ed/"
        "silero_vad-6.2.3-py3-none-any.whl",
    .archive_sha256 = "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
    .member = "silero_vad/data/silero_vad_16k_op15.onnx",
    .sha256 = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
    .bytes = 1'289'603,
    .file = "silero_vad_16k_op15.onnx",
};

namespace {

void unpack(const PackageFile& package, const fs::path& archive, const fs::path& target) {
  const base::MappedFile mapped(archive);
  const ZipArchive zip(mapped.bytes(), archive.string(), ZipMethods::stored_or_deflated);
  const ZipEntry* entry = zip.find(package.member);
  if (entry == nullptr) {
    throw Error(ErrorCode::bad_file,
                archive.string() + ": expected " + package.member + " in it, found none");
  }
  const std::vector<std::byte> file = zip.extract(*entry, package.bytes);
  Sha256 sum;
  sum.update(file);
  const std::string found = sum.finish();
  if (found != package.sha256) {
    throw Error(ErrorCode::bad_file, archive.string() + ": " + package.member +
                                         ": expected SHA-256 " + package.sha256 + ", got " + found);
  }
  base::AtomicFile out(target);
  out.write(file);
  out.commit();
}

}  // namespace

std::string download_package_file(const PackageFile& package, const fs::path& folder,
                                  const std::string& mirror, const DownloadOptions& options,
                                  const DownloadCallbacks& callbacks) {
  FileDownload wanted = {
      .address = address_on_mirror(mirror.empty() ? package.publisher : mirror, package.path),
      .sha256 = package.sha256,
      .target = folder / package.file};
  if (is_downloaded(wanted, callbacks.stop)) return wanted.target.string();
  if (options.local_files_only) fail_without_network(wanted);
  FileDownload archive = {.address = wanted.address,
                          .sha256 = package.archive_sha256,
                          .target = folder / wanted.address.file_name};
  if (!is_downloaded(archive, callbacks.stop)) fetch_file(archive, options, callbacks);
  unpack(package, archive.target, wanted.target);
  std::error_code ignored;  // what is left over does no harm
  fs::remove(archive.target, ignored);
  return wanted.target.string();
}

}  // namespace tessera::whisper
