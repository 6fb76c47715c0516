// `tessera wer`: transcripts, from files or made here and now, against what was said.
#include <set>

#include "apps/cli/arguments.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/wer_options.h"
#include "apps/cli/wer_text.h"
#include "tessera/model.h"
#include "tessera/transcriber.h"
#include "tessera/wer.h"

namespace tessera::cli {
namespace {

/// The sound files must have names of their own, and references, before any work begins.
void check_files(const WerOptions& options, const std::vector<Transcript>& references) {
  std::set<std::string> known, asked;
  for (const Transcript& reference : references) known.insert(reference.id);
  for (const std::string& file : options.transcribing.files) {
    const std::string id = transcript_id(file);
    if (!known.contains(id)) {
      std::string message = options.references;
      throw UsageError(message.append(": no reference for '").append(id).append("' (") + file +
                       ")");
    }
    if (!asked.insert(id).second) throw UsageError("two sound files have the name '" + id + "'");
  }
}

/// Transcribes the files one after the other.
class Transcribing {
 public:
  Transcribing(const TranscribeOptions& options, const Interrupt& interrupt)
      : options_(options),
        interrupt_(interrupt),
        console_(options.quiet, options.quiet ? ProgressStyle::none
                                              : progress_style_for_terminal(ProgressStyle::none)),
        model_(Model::load(options.model, options.model_dir)),
        transcriber_(model_, options.device) {
    for (const std::string& note : options.notes) console_.note(note);
    if (!options.verbose) return;
    console_.note(model_.describe());
    console_.note(transcriber_.describe());
  }

  /// Those that could be transcribed; the others are reported.
  std::vector<Transcript> transcribe_all() {
    std::vector<Transcript> transcripts;
    for (const std::string& file : options_.files) {
      try {
        transcripts.push_back({transcript_id(file), transcribe(file)});
      } catch (const Error& error) {
        console_.end();
        if (error.code() == ErrorCode::cancelled) break;
        console_.error(error.what(), file);
        failed_ = true;
      }
    }
    return transcripts;
  }

  bool failed() const { return failed_; }

  /// What is compared: "base", or "base int8" when this was asked for.
  std::string name() const {
    std::string name = model_.name();
    for (const std::string& choice : {options_.device.device, options_.device.precision}) {
      if (choice != "auto") name += " " + choice;
    }
    return name;
  }

 private:
  std::string transcribe(const std::string& file) {
    Callbacks callbacks;
    callbacks.stop = interrupt_.token();
    callbacks.on_progress = [this](double done_s, double total_s) {
      console_.progress(done_s, total_s);
    };
    console_.begin(file);
    Result result = transcriber_.transcribe_file(file, options_.transcription, callbacks);
    console_.end();
    return std::move(result.text);
  }

  const TranscribeOptions& options_;
  const Interrupt& interrupt_;
  Console console_;
  Model model_;
  Transcriber transcriber_;
  bool failed_ = false;
};

void print_reports(const WerOptions& options, const std::vector<WerReport>& reports) {
  std::string text;
  for (const WerReport& report : reports) {
    if (options.show_errors) text += wer_errors(report);
  }
  if (!options.json.empty()) save_wer_reports(reports, options.json);
  write_standard_output(text + wer_table(reports));
}

int judge_files(const WerOptions& options, const std::vector<Transcript>& references) {
  std::vector<WerReport> reports;
  for (const std::string& path : options.hypotheses) {
    reports.push_back(score_transcripts(path, references, read_transcripts(path),
                                        options.normalization, options.common_only));
  }
  print_reports(options, reports);
  return kExitOk;
}

int transcribe_and_judge(const WerOptions& options, const std::vector<Transcript>& references) {
  check_files(options, references);
  const Interrupt interrupt;
  Transcribing work(options.transcribing, interrupt);
  const std::vector<Transcript> transcripts = work.transcribe_all();
  if (interrupt.token().stop_requested()) {
    print_error("interrupted; " + std::to_string(transcripts.size()) + " of " +
                std::to_string(options.transcribing.files.size()) + " files done");
    return kExitSignal + interrupt.signal();
  }
  if (transcripts.empty()) return kExitFailed;
  print_reports(options, {score_transcripts(work.name(), references, transcripts,
                                            options.normalization, true)});
  return work.failed() ? kExitFailed : kExitOk;
}

}  // namespace

int wer_command(const std::vector<std::string>& arguments) {
  WerOptions options;
  if (!parse_wer_options(arguments, options)) return kExitOk;
  const std::vector<Transcript> references = read_transcripts(options.references);
  return options.hypotheses.empty() ? transcribe_and_judge(options, references)
                                    : judge_files(options, references);
}

}  // namespace tessera::cli
