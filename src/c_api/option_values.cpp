#include "src/c_api/option_values.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "tessera/error.h"

namespace tessera::c_api {
namespace {

template <class T>
constexpr tessera_option_type type_of() {
  if constexpr (std::is_same_v<T, bool>) return TESSERA_OPTION_BOOL;
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Task>) {
    return TESSERA_OPTION_STRING;
  }
  if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::optional<double>>) {
    return TESSERA_OPTION_DOUBLE;
  }
  if constexpr (std::is_same_v<T, std::vector<double>>) return TESSERA_OPTION_DOUBLE_LIST;
  return TESSERA_OPTION_INT;
}

const char* type_name(tessera_option_type type) {
  switch (type) {
    case TESSERA_OPTION_STRING:
      return "a string";
    case TESSERA_OPTION_INT:
      return "an int";
    case TESSERA_OPTION_DOUBLE:
      return "a double";
    case TESSERA_OPTION_BOOL:
      return "a bool";
    case TESSERA_OPTION_DOUBLE_LIST:
      return "a list of doubles";
  }
  return "another type";
}

OptionPointer find_option(tessera_options& options, const std::string& name) {
  for (const NamedOption& option : all_options(options)) {
    if (option.name == name) return option.value;
  }
  throw Error(ErrorCode::bad_argument, "no option is called '" + name + "'");
}

// How each kind of member takes a value of its type.

void assign(std::string& member, const std::string& value, const std::string& /*name*/) {
  member = value;
}

void assign(Task& member, const std::string& value, const std::string& name) {
  if (value != "transcribe" && value != "translate") {
    throw Error(ErrorCode::bad_argument,
                name + ": expected transcribe or translate, got '" + value + "'");
  }
  member = value == "translate" ? Task::translate : Task::transcribe;
}

void assign(bool& member, bool value, const std::string& /*name*/) { member = value; }

template <class Whole>
void assign_whole(Whole& member, std::int64_t value, const std::string& name) {
  using Limits = std::numeric_limits<Whole>;
  if (!std::in_range<Whole>(value)) {
    throw Error(ErrorCode::bad_argument, name + ": expected " + std::to_string(Limits::min()) +
                                             " to " + std::to_string(Limits::max()) + ", got " +
                                             std::to_string(value));
  }
  member = static_cast<Whole>(value);
}

void assign(int& member, std::int64_t value, const std::string& name) {
  assign_whole(member, value, name);
}

void assign(std::uint64_t& member, std::int64_t value, const std::string& name) {
  assign_whole(member, value, name);
}

void assign(std::optional<int>& member, std::int64_t value, const std::string& name) {
  int whole = 0;
  assign_whole(whole, value, name);
  member = whole;
}

void assign(double& member, double value, const std::string& /*name*/) { member = value; }

void assign(std::optional<double>& member, double value, const std::string& /*name*/) {
  member = value;
}

void assign(std::vector<double>& member, const std::vector<double>& value,
            const std::string& /*name*/) {
  member = value;
}

}  // namespace

std::vector<NamedOption> all_options(tessera_options& options) {
  std::vector<NamedOption> all = named_options(options.transcription);
  const auto append = [&all](const std::vector<NamedOption>& more) {
    for (const NamedOption& option : more) {
      const auto same = [&option](const NamedOption& other) { return other.name == option.name; };
      if (std::none_of(all.begin(), all.end(), same)) all.push_back(option);
    }
  };
  append(named_options(options.device));
  append(named_options(options.layout));
  append(named_options(options.convert));
  append(named_options(options.download));
  return all;
}

tessera_option_type type_of(const OptionPointer& value) {
  return std::visit([](auto* member) { return type_of<std::decay_t<decltype(*member)>>(); }, value);
}

void set_option(tessera_options& options, const std::string& name, const OptionValue& value) {
  const OptionPointer option = find_option(options, name);
  const auto type = static_cast<tessera_option_type>(value.index());
  if (type_of(option) != type) {
    throw Error(ErrorCode::bad_argument,
                name + ": expected " + type_name(type_of(option)) + ", got " + type_name(type));
  }
  std::visit(
      [&](auto* member, const auto& given) {
        if constexpr (requires { assign(*member, given, name); }) assign(*member, given, name);
      },
      option, value);
}

void unset_option(tessera_options& options, const std::string& name) {
  std::visit(
      [&](auto* member) {
        if constexpr (requires { member->reset(); }) {
          member->reset();
        } else {
          throw Error(ErrorCode::bad_argument, name + ": cannot be without a value");
        }
      },
      find_option(options, name));
}

}  // namespace tessera::c_api
