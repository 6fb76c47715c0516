// Values of options: from the text that was typed, and how options that have them are declared.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera::cli {

/// A finite decimal number; else UsageError naming the option and what was typed, as for all here.
double parse_number(const std::string& option, const std::string& text);

/// A number, or nothing for "None".
std::optional<double> parse_optional_number(const std::string& option, const std::string& text);

/// A whole number.
int parse_integer(const std::string& option, const std::string& text);

/// Numbers separated by commas; an empty text holds none.
std::vector<double> parse_number_list(const std::string& option, const std::string& text);

/// "None", as Python's programs are told that there is no value.
bool is_none(const std::string& text);

/// Declares the options that stand under one heading of the help. Values are stored as they are
/// parsed; of an option that is given twice the last one counts. `names` is "--long" or
/// "-s,--long".
class OptionDeclarer {
 public:
  OptionDeclarer(CLI::App& app, std::string heading) : app_(app), heading_(std::move(heading)) {}

  CLI::Option* text(const std::string& names, const std::string& type, std::string& value,
                    const std::string& help);
  CLI::Option* flag(const std::string& names, bool& value, const std::string& help);
  CLI::Option* number(const std::string& names, double& value, const std::string& help);
  CLI::Option* optional_number(const std::string& names, std::optional<double>& value,
                               const std::string& help);
  CLI::Option* integer(const std::string& names, int& value, const std::string& help);

  /// Any other kind of value: `store` gets the option's long name and what was typed.
  CLI::Option* custom(const std::string& names, const std::string& type,
                      std::function<void(const std::string&, const std::string&)> store,
                      const std::string& help);

 private:
  CLI::App& app_;
  std::string heading_;
};

}  // namespace tessera::cli
