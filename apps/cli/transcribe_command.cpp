#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <sstream>

#include "apps/cli/channel_results.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/output_plan.h"
#include "apps/cli/segment_pieces.h"
#include "apps/cli/transcribe_options.h"
#include "apps/cli/window_notes.h"
#include "tessera/audio.h"
#include "tessera/info.h"
#include "tessera/model.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"

namespace tessera::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

/// "haitian creole" becomes "Haitian Creole".
std::string title_case(std::string text) {
  bool begins = true;
  for (char& c : text) {
    if (begins) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    begins = c == ' ';
  }
  return text;
}

std::string language_title(const std::string& code) {
  for (const Language& language : list_languages()) {
    if (language.code == code) return title_case(language.name);
  }
  return code;
}

std::string without_leading_blanks(const std::string& text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// All the work of one run: the files, one after the other or together, with one model.
class Run {
 public:
  Run(const TranscribeOptions& options, std::vector<std::string> outputs,
      const Interrupt& interrupt)
      : options_(options),
        outputs_(std::move(outputs)),
        interrupt_(interrupt),
        console_(options.quiet, progress_style(options)),
        model_(Model::load(options.model, options.model_dir)),
        transcriber_(model_, options.device) {}

  /// The exit status.
  int transcribe_all() {
    for (const std::string& note : options_.notes) console_.note(note);
    if (options_.verbose) {
      console_.note(model_.describe());
      console_.note(transcriber_.describe());
    }
    const SteadyClock::time_point begin = SteadyClock::now();
    if (transcribes_together()) {
      transcribe_together();
    } else {
      transcribe_in_turn();
    }
    console_.end();
    if (options_.verbose && !options_.detect_language)
      console_.note(timing_line(seconds_since(begin)));
    if (interrupted()) {
      print_error("interrupted; " + std::to_string(done_) + " of " +
                  std::to_string(options_.files.size()) + " files done");
      return kExitSignal + interrupt_.signal();
    }
    return failed_ ? kExitFailed : kExitOk;
  }

 private:
  static ProgressStyle progress_style(const TranscribeOptions& options) {
    const ProgressStyle otherwise =
        options.print_progress ? ProgressStyle::lines : ProgressStyle::none;
    return options.quiet ? otherwise : progress_style_for_terminal(otherwise);
  }

  /// Windows of several files share batches; channels of one file each come by themselves.
  bool transcribes_together() const {
    return options_.transcription.batch_size > 1 && options_.channels != Channels::split &&
           !options_.detect_language;
  }

  void transcribe_in_turn() {
    for (std::size_t i = 0; i < options_.files.size() && !interrupted(); ++i) {
      announce(i);
      if (i + 1 < options_.files.size() && options_.channels != Channels::split) {
        transcriber_.read_ahead(options_.files[i + 1], options_.transcription);
      }
      count(transcribe_and_report(i));
    }
  }

  void transcribe_together() {
    std::vector<FileJob> jobs;
    for (const std::string& file : options_.files) {
      jobs.push_back({file, options_.transcription, callbacks("")});
    }
    FilesCallbacks files;
    files.on_begin = [this](std::size_t index) {
      if (interrupted()) return;
      announce(index);
      console_.begin(options_.files[index]);
    };
    files.on_done = [this](std::size_t index, FileOutcome outcome) {
      count(report_errors(index, [&] {
        console_.end();
        if (outcome.error != nullptr) std::rethrow_exception(outcome.error);
        finish(std::move(outcome.result), options_.files[index], outputs_[index]);
      }));
    };
    transcriber_.transcribe_files(jobs, files);
  }

  bool interrupted() const { return interrupt_.token().stop_requested(); }

  /// A file is done, or has failed; an interrupted one is neither.
  void count(bool complete) {
    if (interrupted() && !complete) return;
    failed_ = failed_ || !complete;
    ++done_;
  }

  void announce(std::size_t index) {
    if (options_.files.size() == 1) return;
    console_.note("== " + options_.files[index] + " (" + std::to_string(index + 1) + " of " +
                  std::to_string(options_.files.size()) + ")");
  }

  bool transcribe_and_report(std::size_t index) {
    const std::string& file = options_.files[index];
    return report_errors(index, [&] {
      if (options_.detect_language) {
        detect_language(file);
      } else if (options_.channels == Channels::split) {
        transcribe_channels(file, outputs_[index]);
      } else {
        finish(transcribe_one(file, {}), file, outputs_[index]);
      }
    });
  }

  /// Does a part of a file's work. False when it fails or is interrupted.
  template <class Work>
  bool report_errors(std::size_t index, Work work) {
    const std::string& file = options_.files[index];
    try {
      work();
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) return false;
      console_.end();
      console_.error(error.what(), file);
    } catch (const std::bad_alloc&) {
      console_.end();
      console_.error("out of memory", file);
    }
    return false;
  }

  void transcribe_channels(const std::string& file, const std::string& output) {
    if (file == "-") {
      throw Error(ErrorCode::unsupported, "-: standard input cannot be read once per channel");
    }
    const int channels = channel_count(file);
    std::vector<Result> results;
    for (int channel = 0; channel < channels; ++channel) {
      results.push_back(transcribe_one(file, channel));
      tell_of(results.back(), file + " (channel " + std::to_string(channel) + ")");
      if (options_.to_standard_output()) continue;  // where only one transcript can be told apart
      save(results.back(), output + ".ch" + std::to_string(channel));
    }
    Result joined = join_channels(results);
    save(joined, output);
    for (const Result& result : results) add_to_total(result);
  }

  Result transcribe_one(const std::string& file, std::optional<int> channel) {
    Options options = options_.transcription;
    std::string prefix;
    if (channel) {
      options.channel = *channel;
      prefix = "[channel " + std::to_string(*channel) + "] ";
    }
    console_.begin(file);
    Result result = transcriber_.transcribe_file(file, options, callbacks(prefix));
    console_.end();
    return result;
  }

  /// Says and writes what came of a file.
  void finish(Result result, const std::string& file, const std::string& output) {
    tell_of(result, file);
    save(result, output);
    add_to_total(result);
  }

  void tell_of(const Result& result, const std::string& file) {
    for (const std::string& warning : result.warnings) {
      std::string line = file;
      console_.note(line.append(": ").append(warning));
    }
    for (const std::string& line : describe_left_out(result.left_out, options_.verbose)) {
      console_.note(printable(file) + ": " + printable(line));
    }
  }

  /// Adds what writing took to the result's seconds.
  void save(Result& result, const std::string& output) {
    const SteadyClock::time_point begin = SteadyClock::now();
    if (options_.max_segment_characters) {
      write(cut_segments(result, *options_.max_segment_characters), output);
    } else {
      write(result, output);
    }
    result.seconds.write += seconds_since(begin);
  }

  void detect_language(const std::string& file) {
    Callbacks callbacks;
    callbacks.stop = interrupt_.token();
    const LanguageDetection found =
        transcriber_.detect_language_file(file, options_.transcription, callbacks);
    char probability[40];
    std::snprintf(probability, sizeof probability, "%.3f", found.probability);
    console_.transcript(printable(file) + ": " + language_title(found.language) + " (" +
                        found.language + "), probability " + probability);
  }

  Callbacks callbacks(const std::string& prefix) {
    Callbacks callbacks;
    callbacks.stop = interrupt_.token();
    callbacks.on_language = [this](const std::string& code, double /*probability*/) {
      const bool detected = options_.transcription.language.empty() && model_.is_multilingual();
      if (detected) console_.note("Detected language: " + language_title(code));
    };
    callbacks.on_segment = [this, prefix](const Segment& segment) {
      if (options_.print_transcript) print_segment(segment, prefix);
    };
    callbacks.on_window = [this](const WindowReport& window) {
      const std::string line = options_.verbose ? describe_window(window) : "";
      if (!line.empty()) console_.note(line);
    };
    callbacks.on_progress = [this](double done_s, double total_s) {
      console_.progress(done_s, total_s);
    };
    return callbacks;
  }

  void print_segment(const Segment& segment, const std::string& prefix) {
    if (!options_.max_segment_characters) return print_piece(segment, prefix);
    for (const Segment& piece : cut_segment(segment, *options_.max_segment_characters)) {
      print_piece(piece, prefix);
    }
  }

  void print_piece(const Segment& segment, const std::string& prefix) {
    const std::string text = printable(segment.text);
    if (text.find_first_not_of(' ') == std::string::npos) return;
    if (options_.transcription.timestamps) {
      console_.transcript(prefix + "[" + format_timestamp(segment.start_s) + " --> " +
                          format_timestamp(segment.end_s) + "] " + text);
    } else {
      console_.transcript(prefix + without_leading_blanks(text));
    }
  }

  void write(const Result& result, const std::string& output) const {
    if (options_.to_standard_output()) {
      std::ostringstream text;
      write_result(result, options_.formats.front(), text, options_.layout, run_info());
      write_standard_output(text.view());
      return;
    }
    for (const OutputFormat format : options_.formats) {
      save_result(result, format, output + output_format_suffix(format), options_.layout,
                  run_info());
    }
  }

  RunInfo run_info() const {
    const std::string& language = options_.transcription.language;
    RunInfo run;
    run.model = model_.name();
    run.system = transcriber_.describe();
    run.translated = options_.transcription.task == Task::translate;
    run.multilingual = model_.is_multilingual();
    run.vocabulary_size = model_.vocabulary_size();
    if (!language.empty()) run.language = find_language(language);
    return run;
  }

  void add_to_total(const Result& result) {
    sound_s_ += result.duration_s;
    total_.read += result.seconds.read;
    total_.mel += result.seconds.mel;
    total_.encode += result.seconds.encode;
    total_.decode += result.seconds.decode;
    total_.write += result.seconds.write;
    total_.ahead += result.seconds.ahead;
  }

  std::string timing_line(double clock_s) const {
    char ahead[60] = "", text[300];
    if (total_.ahead > 0) {  // in which the sum of the stages is longer than the clock says
      std::snprintf(ahead, sizeof ahead, " (%.2f s of read and mel beside them)", total_.ahead);
    }
    std::snprintf(text, sizeof text,
                  "%.1f s of sound in %.2f s: read %.2f s, mel %.2f s, encode %.2f s, decode %.2f "
                  "s, write %.2f s%s; %.1f times real time",
                  sound_s_, clock_s, total_.read, total_.mel, total_.encode, total_.decode,
                  total_.write, ahead, clock_s > 0 ? sound_s_ / clock_s : 0.0);
    return text;
  }

  const TranscribeOptions& options_;
  const std::vector<std::string> outputs_;
  const Interrupt& interrupt_;
  Console console_;
  Model model_;
  Transcriber transcriber_;
  std::size_t done_ = 0;  // files
  bool failed_ = false;
  double sound_s_ = 0;
  StageSeconds total_;
};

}  // namespace

int transcribe_command(const std::vector<std::string>& arguments) {
  TranscribeOptions options;
  if (!parse_transcribe_options(arguments, options)) return kExitOk;
  std::vector<std::string> outputs = plan_outputs(options);
  if (!options.formats.empty() && !options.to_standard_output()) {
    prepare_output_directories(outputs);
  }
  const Interrupt interrupt;
  return Run(options, std::move(outputs), interrupt).transcribe_all();
}

}  // namespace tessera::cli
