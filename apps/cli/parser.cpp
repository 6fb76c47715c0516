#include "apps/cli/parser.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>

#include "apps/cli/arguments.h"
#include "apps/cli/console.h"

namespace tessera::cli {
namespace {

constexpr std::size_t kNameColumns = 32;
constexpr std::size_t kColumns = 100;

bool file_exists(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::exists(name, ignored);
}

/// The text in lines that begin in column kNameColumns; the first one is already there.
std::string wrapped(const std::string& text) {
  std::string result;
  std::size_t column = kNameColumns;
  for (const std::string& word : CLI::detail::split(text, ' ')) {
    if (column + 1 + word.size() > kColumns) {
      result += "\n" + std::string(kNameColumns, ' ');
      column = kNameColumns;
    } else if (column > kNameColumns) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result + "\n";
}

/// "-o -m base" has no directory; CLI11 alone would take -m for it. A value with blanks is text.
void refuse_options_as_values(CLI::App& app) {
  const auto check = [](const std::string& value) -> std::string {
    const bool option =
        value.size() > 1 && value[0] == '-' && value.find(' ') == std::string::npos &&
        (value[1] == '-' || std::isalpha(static_cast<unsigned char>(value[1])) != 0);
    return option ? "expected a value, got the option " + value : std::string();
  };
  for (CLI::Option* option : app.get_options()) {
    if (option->nonpositional() && option->get_type_size() > 0) option->check(check);
  }
}

/// "Could not convert: --verbose = maybe" comes of switches alone: all other values are read as
/// text.
std::string describe_conversion(const std::string& message) {
  const std::size_t name = message.find("--");
  const std::size_t equals = message.find(" = ", std::min(name, message.size()));
  if (equals == std::string::npos) return message;
  return message.substr(name, equals - name) + ": expected True or False, got '" +
         message.substr(equals + 3) + "'";
}

std::string describe_option(const CLI::Option& option) {
  std::string name = "  ";
  if (option.nonpositional()) {
    for (const std::string& letter : option.get_snames()) name += "-" + letter + ", ";
    name += "--" + option.get_lnames().front();
  }
  const std::string type = option.get_type_name();
  if (!type.empty()) name += (name.size() > 2 ? " " : "") + type;
  const bool fits = name.size() + 2 <= kNameColumns;
  name +=
      fits ? std::string(kNameColumns - name.size(), ' ') : "\n" + std::string(kNameColumns, ' ');
  return name + wrapped(option.get_description());
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  const auto is_general = [](const std::string& group) { return group == "Options"; };
  std::vector<std::string> groups = app->get_groups();
  std::stable_partition(groups.begin(), groups.end(),
                        std::not_fn(is_general));  // --help comes last
  std::string text = app->get_description() + "\n\nUsage: " + usage_ + "\n";
  for (const std::string& group : groups) {
    text += "\n" + (is_general(group) && groups.size() > 1 ? "Other" : group) + ":\n";
    for (const CLI::Option* option : app->get_options(
             [&group](const CLI::Option* candidate) { return candidate->get_group() == group; })) {
      text += describe_option(*option);
    }
  }
  if (!app->get_footer().empty()) text += "\n" + app->get_footer() + "\n";
  return text;
}

bool parse_arguments(CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> rewritten = rewrite_arguments(arguments, file_exists);
  std::reverse(rewritten.begin(), rewritten.end());  // the order in which CLI11 takes a vector
  try {
    refuse_options_as_values(app);
    app.allow_extras();  // what is not expected is named below, as it was typed
    app.parse(rewritten);
  } catch (const CLI::CallForHelp&) {
    write_standard_output(app.help());
    return false;
  } catch (const CLI::CallForVersion& version) {
    write_standard_output(std::string(version.what()) + "\n");
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string message = error.what();  // "--language: 1 required NAME missing"
    const bool missing = message.ends_with(" missing");
    throw UsageError(missing ? message.substr(0, message.find(": ")) + ": expected a value"
                             : message);
  } catch (const CLI::ConversionError& error) {
    throw UsageError(describe_conversion(error.what()));
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  std::vector<std::string> unexpected = app.remaining();
  std::erase(unexpected, "--");
  if (!unexpected.empty()) {
    const std::string name = as_typed(arguments, unexpected.front());
    throw UsageError((name.starts_with('-') ? "unknown option " : "unexpected argument ") + name);
  }
  return true;
}

}  // namespace tessera::cli
