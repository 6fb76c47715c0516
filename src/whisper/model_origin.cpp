#include "src/whisper/model_origin.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;

/// "model.safetensors 290403936 1732700000000000000"
std::string line_of(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  const fs::file_time_type time = fs::last_write_time(file, failed);
  return file.filename().string() + ' ' + std::to_string(size) + ' ' +
         std::to_string(time.time_since_epoch().count()) + '\n';
}

}  // namespace

compute::ModelOrigin model_origin(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) {
    const bool in_folder = path.filename().string().find(".safetensors") != std::string::npos;
    if (in_folder) return model_origin(path.has_parent_path() ? path.parent_path() : fs::path("."));
    return {path.string() + "." + kBesidePrefix, line_of(path)};
  }
  std::vector<std::string> lines;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kBesidePrefix) || name.starts_with('.') || !entry.is_regular_file(failed))
      continue;
    lines.push_back(line_of(entry.path()));
  }
  std::sort(lines.begin(), lines.end());
  compute::ModelOrigin origin{(path / kBesidePrefix).string(), ""};
  for (const std::string& line : lines) origin.fingerprint += line;
  return origin;
}

}  // namespace tessera::whisper
