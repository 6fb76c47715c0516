// How every command's options are parsed and its help is printed.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace tessera::cli {

/// Help for people: options in groups, descriptions broken into lines of 100 columns.
class HelpFormatter : public CLI::FormatterBase {
 public:
  /// `usage`: what follows "Usage: ".
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {}

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  std::string usage_;
};

/// Parses the arguments that follow the program's (and the command's) name, in any spelling that
/// rewrite_arguments knows. Throws UsageError; or prints help or version on standard output and
/// returns false.
bool parse_arguments(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace tessera::cli
