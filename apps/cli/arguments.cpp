#include "apps/cli/arguments.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "tessera/writers.h"

namespace tessera::cli {
namespace {

/// Options of several letters behind one dash, and long names that others have for ours.
struct Spelling {
  std::string_view typed;
  std::vector<std::string> meant;
};

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> table = {
      {"-nt", {"--no-timestamps"}},
      {"--without-timestamps", {"--no-timestamps"}},
      {"--compute-type", {"--precision"}},
      {"-tr", {"--translate"}},
      {"-np", {"--quiet"}},
      {"--no-prints", {"--quiet"}},
      {"-pp", {"--print-progress"}},
      {"-of", {"--output-file"}},
      {"-dl", {"--detect-language"}},
      {"-ot", {"--offset-t"}},
      {"-tp", {"--temperature"}},
      {"-tpi", {"--temperature-increment-on-fallback"}},
      {"--temperature-inc", {"--temperature-increment-on-fallback"}},
      {"-nf", {"--no-fallback"}},
      {"-bo", {"--best-of"}},
      {"-bs", {"--beam-size"}},
      {"-et", {"--entropy-thold"}},
      {"-mc", {"--max-context"}},
      {"--prompt", {"--initial-prompt"}},
      {"-ml", {"--max-len"}},
      {"-sow", {"--split-on-word"}},
      {"-sns", {"--suppress-tokens", "-1"}},
      {"--suppress-nst", {"--suppress-tokens", "-1"}},
      {"--max-new-tokens", {"--max-tokens"}},
      {"--model-directory", {"--model-dir"}},
      {"-nth", {"--no-speech-threshold"}},
      {"--no-speech-thold", {"--no-speech-threshold"}},
      {"-lpt", {"--logprob-threshold"}},
      {"--logprob-thold", {"--logprob-threshold"}},
      {"--vad-filter", {"--vad"}},
      {"-vm", {"--vad-model"}},
      {"-vt", {"--vad-threshold"}},
      {"-vspd", {"--vad-min-speech-duration-ms"}},
      {"-vsd", {"--vad-min-silence-duration-ms"}},
      {"-vmsd", {"--vad-max-speech-duration-s"}},
      {"-vp", {"--vad-speech-pad-ms"}},
      {"-vo", {"--vad-samples-overlap"}},
      {"-otxt", {"--output-format", "txt"}},
      {"--output-txt", {"--output-format", "txt"}},
      {"-osrt", {"--output-format", "srt"}},
      {"--output-srt", {"--output-format", "srt"}},
      {"-ovtt", {"--output-format", "vtt"}},
      {"--output-vtt", {"--output-format", "vtt"}},
      {"-oj", {"--output-format", "json"}},
      {"--output-json", {"--output-format", "json"}},
      {"-ocsv", {"--output-format", "csv"}},
      {"--output-csv", {"--output-format", "csv"}},
      {"-olrc", {"--output-format", "lrc"}},
      {"--output-lrc", {"--output-format", "lrc"}},
      {"--output-wcpp-json", {"--output-format", "wcpp-json"}},
  };
  return table;
}

bool is_long(std::string_view argument) {
  return argument.size() > 2 && argument.starts_with("--");
}

/// Options whose value is any text, also one that looks like an option, a list or a truth value.
bool takes_text(std::string_view name) {
  constexpr std::string_view kNames[] = {"--initial-prompt", "--prefix", "--hotwords",
                                         "--prepend-punctuations", "--append-punctuations"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// "-xy" is, "-t", "-t8", "-1.5" and "-" are not.
bool is_unknown_cluster(std::string_view argument) {
  if (argument.size() < 3 || argument[0] != '-' || argument[1] == '-') return false;
  if (std::isdigit(static_cast<unsigned char>(argument[1])) != 0 || argument[1] == '.')
    return false;
  const bool threads =
      argument[1] == 't' && argument.find_first_not_of("0123456789", 2) == std::string_view::npos;
  return !threads;
}

/// --output_dir=a_b becomes --output-dir=a_b.
std::string with_dashes(std::string argument) {
  const auto name_end =
      argument.begin() + static_cast<std::ptrdiff_t>(std::min(argument.find('='), argument.size()));
  std::replace(argument.begin(), name_end, '_', '-');
  return argument;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_truth_value(const std::string& text) {
  const std::string lower = lower_case(text);
  return lower == "true" || lower == "false";
}

bool is_format_list(const std::string& text) {
  try {
    parse_output_formats(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// One argument as the option parser wants it.
std::vector<std::string> rewrite_one(const std::string& typed) {
  const std::string argument = is_long(typed) ? with_dashes(typed) : typed;
  const std::size_t name_end = std::min(argument.find('='), argument.size());
  const std::string_view name = std::string_view(argument).substr(0, name_end);
  const auto row = std::find_if(spellings().begin(), spellings().end(),
                                [name](const Spelling& entry) { return entry.typed == name; });
  if (row != spellings().end()) {
    std::vector<std::string> meant = row->meant;
    meant.back() += argument.substr(name_end);
    return meant;
  }
  if (is_unknown_cluster(argument)) throw UsageError("unknown option " + typed);
  return {argument};
}

/// An option and its text as one argument, which no rule takes apart; the parser wants an empty
/// text on its own.
void append_text(std::vector<std::string>& arguments, const std::string& name,
                 const std::string& text) {
  if (text.empty()) {
    arguments.insert(arguments.end(), {name, text});
  } else {
    arguments.push_back(name + "=" + text);
  }
}

/// An input file as an argument that no parser takes for an option.
std::string as_positional(const std::string& file) {
  return file.size() > 1 && file.front() == '-' ? "./" + file : file;
}

/// CLI11 takes "[a,b]" for the list a, b; only a file can be meant.
void protect_brackets(std::vector<std::string>& arguments) {
  for (std::string& argument : arguments) {
    if (argument.starts_with('[') && argument.ends_with(']')) argument.insert(0, "./");
  }
}

}  // namespace

std::vector<std::string> rewrite_arguments(
    const std::vector<std::string>& arguments,
    const std::function<bool(const std::string&)>& file_exists) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& typed = arguments[i];
    const std::string* next = i + 1 < arguments.size() ? &arguments[i + 1] : nullptr;
    if (typed == "--") {
      result.insert(result.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                    arguments.end());
      break;
    }
    if ((typed == "-f" || typed == "--file") && next != nullptr) {
      const bool format = typed == "-f" && is_format_list(*next) && !file_exists(*next);
      if (format) result.emplace_back("--output-format");
      result.push_back(format ? *next : as_positional(*next));
      ++i;
      continue;
    }
    std::vector<std::string> rewritten = rewrite_one(typed);
    if (rewritten.size() == 1 && next != nullptr && takes_text(rewritten.front())) {
      append_text(result, rewritten.front(), *next);
      ++i;
      continue;
    }
    const bool takes_truth = rewritten.size() == 1 && is_long(rewritten.front()) &&
                             rewritten.front().find('=') == std::string::npos;
    if (takes_truth && next != nullptr && is_truth_value(*next)) {
      rewritten.front() += "=" + lower_case(*next);
      ++i;
    }
    result.insert(result.end(), rewritten.begin(), rewritten.end());
  }
  protect_brackets(result);
  return result;
}

std::string as_typed(const std::vector<std::string>& arguments, const std::string& rewritten) {
  for (const std::string& argument : arguments) {
    if (!is_long(argument)) continue;
    const std::string name = with_dashes(argument);
    if (name == rewritten || rewritten.starts_with(name + "=")) return argument;
  }
  return rewritten;
}

}  // namespace tessera::cli
