#include "apps/cli/typed_values.h"

#include <charconv>
#include <cmath>

#include "apps/cli/arguments.h"

namespace tessera::cli {
namespace {

/// The whole text as a number of type T, in any locale.
template <class T>
std::optional<T> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+')) return std::nullopt;
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> finite_number_in(std::string_view text) {
  const std::optional<double> value = number_in<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

[[noreturn]] void refuse(const std::string& option, const char* wanted, const std::string& text) {
  throw UsageError(option + ": expected " + wanted + ", got '" + text + "'");
}

}  // namespace

double parse_number(const std::string& option, const std::string& text) {
  const std::optional<double> value = finite_number_in(text);
  if (!value) refuse(option, "a number", text);
  return *value;
}

std::optional<double> parse_optional_number(const std::string& option, const std::string& text) {
  if (is_none(text)) return std::nullopt;
  const std::optional<double> value = finite_number_in(text);
  if (!value) refuse(option, "a number or None", text);
  return value;
}

int parse_integer(const std::string& option, const std::string& text) {
  const std::optional<int> value = number_in<int>(text);
  if (!value) refuse(option, "a whole number", text);
  return *value;
}

std::vector<double> parse_number_list(const std::string& option, const std::string& text) {
  std::vector<double> values;
  if (text.empty()) return values;
  for (const std::string& part : CLI::detail::split(text, ',')) {
    const std::optional<double> value = finite_number_in(CLI::detail::trim_copy(part));
    if (!value) refuse(option, "numbers separated by commas", text);
    values.push_back(*value);
  }
  if (text.ends_with(',')) refuse(option, "numbers separated by commas", text);
  return values;
}

bool is_none(const std::string& text) { return text == "None" || text == "none"; }

CLI::Option* OptionDeclarer::text(const std::string& names, const std::string& type,
                                  std::string& value, const std::string& help) {
  return app_.add_option(names, value, help)->type_name(type)->group(heading_);
}

CLI::Option* OptionDeclarer::flag(const std::string& names, bool& value, const std::string& help) {
  return app_.add_flag(names, value, help)->group(heading_);
}

CLI::Option* OptionDeclarer::number(const std::string& names, double& value,
                                    const std::string& help) {
  return custom(
      names, "X",
      [&value](const std::string& option, const std::string& text) {
        value = parse_number(option, text);
      },
      help);
}

CLI::Option* OptionDeclarer::optional_number(const std::string& names, std::optional<double>& value,
                                             const std::string& help) {
  return custom(
      names, "X|None",
      [&value](const std::string& option, const std::string& text) {
        value = parse_optional_number(option, text);
      },
      help);
}

CLI::Option* OptionDeclarer::integer(const std::string& names, int& value,
                                     const std::string& help) {
  return custom(
      names, "N",
      [&value](const std::string& option, const std::string& text) {
        value = parse_integer(option, text);
      },
      help);
}

CLI::Option* OptionDeclarer::custom(
    const std::string& names, const std::string& type,
    std::function<void(const std::string&, const std::string&)> store, const std::string& help) {
  const std::string long_name = names.substr(names.find("--"));
  return app_
      .add_option_function<std::string>(
          names,
          [long_name, store = std::move(store)](const std::string& text) {
            store(long_name, text);
          },
          help)
      ->type_name(type)
      ->group(heading_);
}

}  // namespace tessera::cli
