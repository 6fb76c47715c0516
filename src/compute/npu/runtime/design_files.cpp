#include "src/compute/npu/runtime/design_files.h"

#include <cstring>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <system_error>

#include "src/base/mapped_file.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "1";  ///< of the manifest
constexpr std::size_t kMostInstructionBytes = std::size_t{64} << 20;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::bad_file, "npu: " + message);
}

void require_file(const fs::path& file, const char* what) {
  std::error_code error;
  if (fs::is_regular_file(file, error)) return;
  refuse(std::string("missing ") + what + ": there is no file " + file.string() +
         "; tools/npu_build makes it");
}

std::vector<std::uint32_t> read_words(const fs::path& file) {
  const base::MappedFile mapped(file);
  const std::span<const std::byte> bytes = mapped.bytes();
  if (bytes.empty() || bytes.size() % sizeof(std::uint32_t) != 0 ||
      bytes.size() > kMostInstructionBytes) {
    refuse(file.string() + ": expected instructions in words of 4 bytes, got " +
           std::to_string(bytes.size()) + " bytes");
  }
  std::vector<std::uint32_t> words(bytes.size() / sizeof(std::uint32_t));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

std::string read_text(const fs::path& file) {
  const base::MappedFile mapped(file);
  const std::span<const std::byte> bytes = mapped.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lines of a name and a value.
std::map<std::string, std::string> read_manifest(const fs::path& file) {
  std::istringstream text(read_text(file));
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(text, line);) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos) values[line.substr(0, space)] = line.substr(space + 1);
  }
  if (values["format"] != kFormat) {
    refuse(file.string() + ": expected format " + kFormat + ", got '" + values["format"] + "'");
  }
  return values;
}

void require_size(const fs::path& file, const std::string& wanted) {
  const std::string got = std::to_string(fs::file_size(file));
  if (got == wanted) return;
  refuse(file.string() + " has " + got + " bytes and was built with " +
         (wanted.empty() ? "none" : wanted) +
         ": the design's files are of one build, make it again");
}

}  // namespace

DesignFiles read_design(const fs::path& xclbin, const fs::path& instructions) {
  require_file(xclbin, "xclbin");
  require_file(instructions, "instructions");
  return {xclbin, read_words(instructions), std::nullopt};
}

DesignFiles read_design(const fs::path& folder) {
  const fs::path manifest = folder / kManifestFile, plan = folder / kPlanFile;
  require_file(folder / kXclbinFile, "xclbin");
  require_file(manifest, "manifest");
  require_file(plan, "plan");
  DesignFiles files = read_design(folder / kXclbinFile, folder / kInstructionsFile);
  auto values = read_manifest(manifest);
  require_size(files.xclbin, values["xclbin_bytes"]);
  require_size(folder / kInstructionsFile, values["instructions_bytes"]);
  require_size(plan, values["plan_bytes"]);
  files.mlir = read_text(plan);
  return files;
}

}  // namespace tessera::compute::npu
