#include "apps/cli/output_plan.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>

#include "apps/cli/arguments.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

/// One spelling for each place, whether it exists or not.
std::string place(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const fs::path directory = fs::weakly_canonical(absolute.parent_path(), error);
  return ((error ? absolute.parent_path() : directory) / absolute.filename()).string();
}

void check_not_an_input(const TranscribeOptions& options, const std::string& output,
                        const std::string& input) {
  const auto same = std::find_if(options.files.begin(), options.files.end(),
                                 [&](const std::string& f) { return place(f) == place(output); });
  if (same != options.files.end()) {
    throw UsageError(*same + " would be replaced by the transcript of " + input);
  }
}

// Whole names are compared: "a" as wcpp-json and "a.wcpp" as json are the same file.
void check_collisions(const TranscribeOptions& options, const std::vector<std::string>& outputs) {
  std::map<std::string, std::string> input_of;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const OutputFormat format : options.formats) {
      const std::string output = outputs[i] + output_format_suffix(format);
      const auto [other, first] = input_of.emplace(place(output), options.files[i]);
      if (!first) {
        throw UsageError(other->second + " and " + options.files[i] + " would both be written to " +
                         output);
      }
      check_not_an_input(options, output, options.files[i]);
    }
  }
}

}  // namespace

std::string output_base_name(const std::string& input) {
  if (input == "-") return "stdin";
  const std::string name = input.substr(input.rfind('/') + 1);
  const std::size_t first = name.find_first_not_of('.');
  const std::size_t dot = name.rfind('.');
  const bool has_extension = first != std::string::npos && dot != std::string::npos && dot > first;
  return has_extension ? name.substr(0, dot) : name;
}

std::vector<std::string> plan_outputs(const TranscribeOptions& options) {
  std::vector<std::string> outputs;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const std::string base =
        options.output_files.empty() ? output_base_name(options.files[i]) : options.output_files[i];
    outputs.push_back((fs::path(options.output_dir) / base).string());
  }
  if (!options.formats.empty() && !options.to_standard_output()) check_collisions(options, outputs);
  return outputs;
}

void prepare_output_directories(const std::vector<std::string>& outputs) {
  for (const std::string& output : outputs) {
    const fs::path parent = fs::path(output).parent_path();
    const fs::path directory = parent.empty() ? fs::path(".") : parent;
    std::error_code error;
    fs::create_directories(directory, error);
    if (!error && ::access(directory.c_str(), W_OK | X_OK) != 0) {
      error = std::error_code(errno, std::system_category());
    }
    if (!error && !fs::is_directory(directory)) {
      error = std::make_error_code(std::errc::not_a_directory);
    }
    if (error) {
      throw Error(ErrorCode::bad_file,
                  "output directory " + directory.string() + ": " + error.message());
    }
  }
}

}  // namespace tessera::cli
