#include "apps/cli/stream_options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/parser.h"
#include "apps/cli/typed_values.h"
#include "tessera/info.h"

namespace tessera::cli {
namespace {

constexpr const char* kStreamExamples = R"(Examples:
  tessera stream --microphone                     text while you speak
  arecord -f S16_LE -r 16000 | tessera stream     raw sound on standard input
  ffmpeg -i URL -f s16le -ar 16000 -ac 1 - | tessera stream --json
  tessera stream --realtime talk.mp3 --latency    play a file, and tell how late its text was

Final text goes to standard output, a line for each segment; on a terminal the line below it shows what
may still change. Ctrl-C makes the rest final and ends.
Exit status: 0 the sound was over, 1 it was bad, 2 wrong usage, 130 interrupted.)";

class StreamParser {
 public:
  explicit StreamParser(StreamArguments& parsed)
      : parsed_(parsed),
        transcription_(parsed.stream.transcription),
        model_(make_model_options(parsed.common)) {}

  bool parse(const std::vector<std::string>& arguments) {
    CLI::App app("Turns speech into text while it is spoken.", "tessera stream");
    app.formatter(std::make_shared<HelpFormatter>("tessera stream [OPTIONS]"));
    app.footer(kStreamExamples);
    app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    declare_input(app);
    model_->declare(app);
    declare_text(app);
    declare_voice(app);
    declare_output(app);
    if (!parse_arguments(app, arguments)) return false;
    model_->settle(app);
    settle_input(app);
    settle_text();
    settle_voice(app);
    return true;
  }

 private:
  void declare_input(CLI::App& app) {
    OptionDeclarer input(app, "Input");
    input.text(
        "--input", "-|FILE", input_,
        "'-' (default): raw samples on standard input; or a sound file, as fast as it can be "
        "read");
    input.text("--realtime", "FILE", parsed_.file, "Play a sound file: its samples come in time");
    app.add_option("--microphone", parsed_.microphone,
                   "Listen to the microphone whose name has NAME in it (default: the system's)")
        ->type_name("[NAME]")
        ->group("Input")
        ->expected(0, 1);
    input.text("--format", "TYPE", format_, "Of raw samples, little-endian: s16 (default) or f32")
        ->check(CLI::IsMember({"s16", "f32"}).description(""));
    input.integer("--rate", parsed_.pcm.rate_hz, "... samples in a second (default: 16000)");
    input.integer("--channels", parsed_.pcm.channels, "... channels, which are mixed (default: 1)");
  }

  void declare_text(CLI::App& app) {
    OptionDeclarer text(app, "Speech to text");
    text.text("-l,--language", "NAME", transcription_.language,
              "Spoken language: en, english, ... (default: that of the first words)");
    text.text("--task", "TASK", task_, "transcribe (default) or translate, which is to English")
        ->check(CLI::IsMember({"transcribe", "translate"}).description(""));
    text.integer("--step", parsed_.stream.step_ms,
                 "Milliseconds of new sound after which all is decoded again (default: 300)");
    text.integer("--endpoint-silence", parsed_.stream.endpoint_silence_ms,
                 "Milliseconds of silence that end an utterance (default: 500)");
    text.number("--longest-buffer", parsed_.stream.longest_buffer_s,
                "Seconds of sound that are decoded together at most, about (default: 15)");
    text.integer("--beam-size", transcription_.beam_size,
                 "Hypotheses of the search (default: 1, which is greedy)");
    text.flag("--condition-on-previous-text", transcription_.condition_on_previous_text,
              "Show the model the final text before what it listens to (default: False)");
    text.text("--initial-prompt", "TEXT", transcription_.initial_prompt,
              "As if that had been said before");
    text.text("--hotwords", "TEXT", transcription_.hotwords, "Words to expect");
  }

  void declare_voice(CLI::App& app) {
    OptionDeclarer voice(app, "Voice activity");
    voice.flag(
        "--vad", transcription_.vad_filter,
        "Find where speech begins and ends by Silero VAD ('tessera download silero-vad' gets "
        "it)");
    voice.text("--vad-model", "FILE", transcription_.vad_model,
               "Its weights (default: those downloaded)");
    voice.number("--vad-threshold", transcription_.vad_threshold,
                 "How likely speech is to be, 0 to 1 (default: 0.5)");
    voice.integer("--vad-speech-pad-ms", transcription_.vad_speech_pad_ms,
                  "Heard before speech begins (default: 400)");
  }

  void declare_output(CLI::App& app) {
    OptionDeclarer output(app, "Output");
    output.flag("--json", parsed_.json, "Every event as a line of JSON on standard output");
    output.flag("--latency", parsed_.latency,
                "Tell at the end how long after its end each word was final");
    output.flag("-q,--quiet", parsed_.quiet, "Print the transcript and errors, nothing else");
    output.flag("-v,--verbose", parsed_.verbose, "Say what runs; the same as --latency, too");
  }

  void settle_input(const CLI::App& app) {
    const std::size_t given =
        app.count("--input") + app.count("--realtime") + app.count("--microphone");
    if (given > 1) throw UsageError("expected one of --input, --realtime and --microphone");
    if (app.count("--realtime") > 0) {
      parsed_.input = StreamInput::real_time;
    } else if (app.count("--microphone") > 0) {
      parsed_.input = StreamInput::microphone;
    } else if (input_ != "-") {
      parsed_.input = StreamInput::file;
      parsed_.file = input_;
    } else if (given == 0 && ::isatty(STDIN_FILENO) != 0) {
      throw UsageError(
          "nothing to listen to: --microphone, --realtime FILE, or raw sound on standard input");
    }
    if (parsed_.input != StreamInput::pcm) {
      for (const char* option : {"--format", "--rate", "--channels"}) {
        if (app.count(option) > 0) {
          throw UsageError(std::string(option) + ": is about raw sound on standard input");
        }
      }
    }
    if (parsed_.input == StreamInput::file && parsed_.latency) {
      throw UsageError("--latency: needs sound that comes in time, as with --realtime");
    }
    if (format_ == "f32") parsed_.pcm.sample = PcmFormat::Sample::f32;
  }

  void settle_text() {
    if (task_ == "translate") transcription_.task = Task::translate;
    std::string& language = transcription_.language;
    if (language == "auto" || language == "None") language.clear();
    if (!language.empty() && find_language(language).empty()) {
      throw UsageError("--language: unknown language '" + language +
                       "'; 'tessera info --languages' lists them");
    }
    if (parsed_.verbose && parsed_.input != StreamInput::file) parsed_.latency = true;
  }

  void settle_voice(const CLI::App& app) {
    if (!transcription_.vad_filter) {
      for (const char* option : {"--vad-model", "--vad-threshold", "--vad-speech-pad-ms"}) {
        if (app.count(option) > 0) throw UsageError(std::string(option) + ": needs --vad");
      }
    }
    use_vad_weights_in(parsed_.common.model_dir, transcription_);
  }

  StreamArguments& parsed_;
  Options& transcription_;
  std::unique_ptr<OptionGroup> model_;
  std::string input_ = "-";
  std::string format_ = "s16";
  std::string task_ = "transcribe";
};

}  // namespace

bool parse_stream_options(const std::vector<std::string>& arguments, StreamArguments& parsed) {
  return StreamParser(parsed).parse(arguments);
}

}  // namespace tessera::cli
