#include "apps/cli/transcribe_options.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cli/option_groups.h"
#include "apps/cli/parser.h"
#include "tessera/info.h"

namespace tessera::cli {
namespace {

constexpr const char* kUsage =
    "tessera [transcribe] FILE... [OPTIONS]\n       tessera stream | serve | models | download | "
    "info | wer | pack | calibrate | npu [OPTIONS]";

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

/// In the order of the help, and so that a group settles after those that it asks about.
std::vector<std::unique_ptr<OptionGroup>> make_groups(TranscribeOptions& options) {
  std::vector<std::unique_ptr<OptionGroup>> groups;
  groups.push_back(make_input_options(options));
  groups.push_back(make_model_options(options));
  groups.push_back(make_speech_options(options));
  groups.push_back(make_voice_options(options));
  groups.push_back(make_search_options(options));
  groups.push_back(make_prompt_options(options));
  groups.push_back(make_word_options(options));
  groups.push_back(make_output_options(options));
  return groups;
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
  const std::vector<std::unique_ptr<OptionGroup>> groups = make_groups(options);
  for (const auto& group : groups) group->declare(app);
  if (!parse_arguments(app, arguments)) return false;
  for (const auto& group : groups) group->settle(app);
  return true;
}

}  // namespace tessera::cli
