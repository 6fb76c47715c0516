// The options of `tessera transcribe`, one group for each heading of its help.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/cli/transcribe_options.h"

namespace tessera::cli {

/// Some options and what they mean. A group writes to the TranscribeOptions that it was made for.
class OptionGroup {
 public:
  virtual ~OptionGroup() = default;
  /// Declares the options; values that mean something by themselves are stored while parsing.
  virtual void declare(CLI::App& app) = 0;
  /// Works out, when all has been parsed, what several options mean together. Throws UsageError.
  virtual void settle(const CLI::App& app) = 0;
};

/// Files, channels and the part of the recording.
std::unique_ptr<OptionGroup> make_input_options(TranscribeOptions& options);
/// Which model, computed where.
std::unique_ptr<OptionGroup> make_model_options(TranscribeOptions& options);
/// Language, task and timestamps.
std::unique_ptr<OptionGroup> make_speech_options(TranscribeOptions& options);
/// Where there is speech at all.
std::unique_ptr<OptionGroup> make_voice_options(TranscribeOptions& options);
/// Takes the network's weights that lie in --model-dir, unless others were asked for.
void use_vad_weights_in(const std::string& model_dir, Options& transcription);
/// How text is searched for, and when it is refused.
std::unique_ptr<OptionGroup> make_search_options(TranscribeOptions& options);
/// What the model is told before it listens.
std::unique_ptr<OptionGroup> make_prompt_options(TranscribeOptions& options);
/// Word times, and subtitles that are made of them.
std::unique_ptr<OptionGroup> make_word_options(TranscribeOptions& options);
/// What is written and printed.
std::unique_ptr<OptionGroup> make_output_options(TranscribeOptions& options);

}  // namespace tessera::cli
