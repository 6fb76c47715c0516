// What people type becomes what the option parser takes: the spellings of other Whisper programs.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tessera::cli {

/// The command line is wrong; the program ends with status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Rewrites arguments up to "--":
/// - long names take '_' and '-' alike: --output_dir is --output-dir;
/// - options of several letters behind one dash become long ones: -otxt is --output-format txt.
///   One that is not known is a UsageError, since a parser would take -mx for -m x;
/// - "--name True" and "--name False" become "--name=true" and "--name=false", so that a switch may
///   have a value without taking the file name that follows it;
/// - options that take any text, as --initial-prompt, get it as it is: "--initial-prompt=TEXT";
/// - -f is an input as for whisper.cpp, unless it names an output format as for openai/whisper and
///   no such file exists, which `file_exists` tells.
std::vector<std::string> rewrite_arguments(
    const std::vector<std::string>& arguments,
    const std::function<bool(const std::string&)>& file_exists);

/// The option as it was typed whose rewritten form is `rewritten`, for messages.
std::string as_typed(const std::vector<std::string>& arguments, const std::string& rewritten);

}  // namespace tessera::cli
