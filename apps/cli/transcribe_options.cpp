#include "apps/cli/transcribe_options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>

#include "apps/cli/arguments.h"
#include "apps/cli/parser.h"
#include "tessera/info.h"

namespace tessera::cli {
namespace {

constexpr const char* kUsage =
    "tessera [transcribe] FILE... [OPTIONS]\n       tessera models | download | info [OPTIONS]";

constexpr const char* kExamples = R"(Examples:
  tessera talk.mp3                         print what is said
  tessera talk.mp3 -o subtitles -f srt     also write subtitles/talk.srt
  tessera *.m4a -o texts                   write every format for every file
  tessera film.mkv --translate -l de       English text of German speech
  tessera call.wav --channels split        each side of a call on its own
  ffmpeg -i URL -f wav - | tessera -       read standard input
  tessera talk.mp3 -m DIR                  use a Whisper model in Hugging Face layout

Files are written only when -o, -f or -of asks for them. Long options may be spelt with '_' or '-';
switches take an optional True or False. A file whose name begins with '-' goes after '--'.
Exit status: 0 all done, 1 a file failed, 2 wrong usage, 130 interrupted.)";

/// What was typed but becomes a value only after all of it is known to be right.
struct Typed {
  std::string task = "transcribe";
  bool translate = false;
  bool no_timestamps = false;
  bool verbose = false;
  std::string channels = "mix";
  std::string no_speech_threshold;
  std::string logprob_threshold;
  std::string max_initial_timestamp;
  std::vector<std::string> formats;
};

/// A number, or nothing for "None".
std::optional<double> parse_optional_number(const std::string& option, const std::string& text) {
  if (text == "None" || text == "none") return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value)) {
    throw UsageError(option + ": expected a number or None, got '" + text + "'");
  }
  return value;
}

void add_input_options(CLI::App& app, TranscribeOptions& options, Typed& typed) {
  app.add_option("files", options.files, "Sound or video files; '-' is standard input")
      ->type_name("FILE...")
      ->group("Input");
  app.add_option("-f,--file", options.files, "The same; 'srt' and the like are output formats")
      ->type_name("FILE")
      ->group("Input")
      ->allow_extra_args(false);
  app.add_option("--channels", typed.channels,
                 "mix all channels (default), split them into a transcript each, or take channel N "
                 "alone, from 0")
      ->type_name("mix|split|N")
      ->group("Input");
}

void add_model_options(CLI::App& app, TranscribeOptions& options) {
  const std::string group = "Model and machine";
  app.add_option("-m,--model", options.model,
                 "Model by name or by directory (default: the small one that ships; see "
                 "'tessera info')")
      ->type_name("NAME|DIR")
      ->group(group);
  app.add_option("--model-dir", options.model_dir, "Where to look for models by name first")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--device", options.device.device, "auto (default), or one of 'tessera info'")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--precision", options.device.precision, "auto (default), f32, bf16 or int8")
      ->type_name("TYPE")
      ->group(group);
  app.add_option("-t,--threads", options.device.threads,
                 "Threads to compute with (default: one per physical core)")
      ->type_name("N")
      ->group(group)
      ->check(CLI::Range(0, 1024).description(""));
}

void add_decoding_options(CLI::App& app, TranscribeOptions& options, Typed& typed) {
  const std::string group = "Speech to text";
  Options& o = options.transcription;
  app.add_option("-l,--language", o.language,
                 "Spoken language: en, english, ... (default: detect it)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--task", typed.task, "transcribe (default) or translate, which is to English")
      ->type_name("TASK")
      ->group(group)
      ->check(CLI::IsMember({"transcribe", "translate"}).description(""));
  app.add_flag("--translate", typed.translate, "The same as --task translate; also -tr")
      ->group(group);
  app.add_flag("--no-timestamps", typed.no_timestamps,
               "Plain text, not cut into segments; also -nt")
      ->group(group);
  app.add_flag("--condition-on-previous-text", o.condition_on_previous_text,
               "Show each window the text before it (default; turn off with False)")
      ->group(group);
  app.add_option("--no-speech-threshold", typed.no_speech_threshold,
                 "Above this a window may be silence (default: 0.6); also -nth")
      ->type_name("P|None")
      ->group(group);
  app.add_option("--logprob-threshold", typed.logprob_threshold,
                 "... unless its text is likelier than this (default: -1.0); also -lpt")
      ->type_name("X|None")
      ->group(group);
  app.add_option("--suppress-tokens", o.suppress_tokens,
                 "Token ids never to use; -1 (default) stands for signs that are not speech")
      ->type_name("IDS")
      ->group(group);
  app.add_flag("--suppress-blank", o.suppress_blank,
               "Windows may not begin with a blank (default; turn off with False)")
      ->group(group);
  app.add_option("--max-initial-timestamp", typed.max_initial_timestamp,
                 "Seconds at which a window's first segment begins at the latest (default: 1.0)")
      ->type_name("S|None")
      ->group(group);
}

void add_output_options(CLI::App& app, TranscribeOptions& options, Typed& typed) {
  const std::string group = "Output";
  app.add_option("-o,--output-dir", options.output_dir,
                 "Write files there, made when missing; '-' writes one format to standard output")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--output-format", typed.formats,
                 "txt, srt, vtt, tsv, json, several with commas, or all (default with -o); also "
                 "-f LIST, -otxt, -osrt, -ovtt, -oj")
      ->type_name("LIST")
      ->group(group)
      ->allow_extra_args(false);
  app.add_option("--output-file", options.output_files,
                 "Name of the output without extension, one for each input; also -of")
      ->type_name("NAME")
      ->group(group)
      ->allow_extra_args(false);
  app.add_flag("-q,--quiet", options.quiet, "Print the transcript and errors, nothing else")
      ->group(group);
  app.add_flag("-v,--verbose", typed.verbose,
               "Say what runs and how long it took; '--verbose False' prints no transcript")
      ->group(group);
  app.add_flag("--print-progress", options.print_progress,
               "Print progress also where there is no terminal; also -pp")
      ->group(group);
}

void apply_channels(const std::string& text, TranscribeOptions& options) {
  if (text == "mix") return;
  if (text == "split") {
    options.channels = Channels::split;
    return;
  }
  const bool number = !text.empty() && text.size() <= 3 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (!number) throw UsageError("--channels: expected mix, split or a number, got '" + text + "'");
  options.channels = Channels::one;
  options.transcription.channel = std::stoi(text);
}

/// What an id may be depends on the model; what a list is does not.
void check_suppress_tokens(const std::string& list) {
  if (list.find_first_not_of("-0123456789, ") != std::string::npos) {
    throw UsageError("--suppress-tokens: expected token ids separated by commas, got '" + list +
                     "'");
  }
}

void apply_language(Options& options) {
  if (options.language == "auto" || options.language == "None") options.language.clear();
  if (!options.language.empty() && find_language(options.language).empty()) {
    throw UsageError("--language: unknown language '" + options.language +
                     "'; 'tessera info --languages' lists them");
  }
}

void apply_outputs(const CLI::App& app, const Typed& typed, TranscribeOptions& options) {
  std::string list;
  for (const std::string& part : typed.formats) list += (list.empty() ? "" : ",") + part;
  const bool asked = app.count("--output-dir") > 0 || !options.output_files.empty();
  if (!typed.formats.empty()) {
    options.formats = parse_output_formats(list);
  } else if (asked) {
    options.formats = parse_output_formats("all");
  }
  if (options.output_dir.empty()) throw UsageError("--output-dir: expected a directory, got ''");
  if (options.to_standard_output()) {
    if (options.formats.size() != 1) {
      throw UsageError("-o -: expected one --output-format, got " +
                       std::to_string(options.formats.size()));
    }
    options.print_transcript = false;
  }
  if (!options.output_files.empty() && options.output_files.size() != options.files.size()) {
    throw UsageError("--output-file: expected one name for each input, got " +
                     std::to_string(options.output_files.size()) + " for " +
                     std::to_string(options.files.size()));
  }
}

void apply(const CLI::App& app, const Typed& typed, TranscribeOptions& options) {
  if (options.files.empty()) throw UsageError("no input file; 'tessera --help' tells more");
  Options& o = options.transcription;
  const auto number = [&app](const char* option, const std::string& text,
                             std::optional<double>& value) {
    if (app.count(option) > 0) value = parse_optional_number(option, text);
  };
  number("--no-speech-threshold", typed.no_speech_threshold, o.no_speech_threshold);
  number("--logprob-threshold", typed.logprob_threshold, o.logprob_threshold);
  number("--max-initial-timestamp", typed.max_initial_timestamp, o.max_initial_timestamp_s);
  if (typed.translate || typed.task == "translate") o.task = Task::translate;
  o.timestamps = !typed.no_timestamps;
  options.verbose = typed.verbose;
  options.print_transcript = app.count("--verbose") == 0 || typed.verbose;
  apply_channels(typed.channels, options);
  check_suppress_tokens(o.suppress_tokens);
  apply_language(o);
  apply_outputs(app, typed, options);
  if (!options.print_transcript && options.formats.empty()) {
    throw UsageError("--verbose False prints nothing, so it needs -o or --output-format");
  }
}

}  // namespace

bool parse_transcribe_options(const std::vector<std::string>& arguments,
                              TranscribeOptions& options) {
  CLI::App app("Turns speech into text with OpenAI's Whisper models.", "tessera");
  app.formatter(std::make_shared<HelpFormatter>(kUsage));
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("tessera ") + version(),
                       "Print the version and end");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  Typed typed;
  add_input_options(app, options, typed);
  add_model_options(app, options);
  add_decoding_options(app, options, typed);
  add_output_options(app, options, typed);
  if (!parse_arguments(app, arguments)) return false;
  apply(app, typed, options);
  return true;
}

}  // namespace tessera::cli
