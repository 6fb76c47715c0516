#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

class InputOptions : public OptionGroup {
 public:
  explicit InputOptions(TranscribeOptions& options) : options_(options) {}

  void declare(CLI::App& app) override {
    const std::string heading = "Input";
    app.add_option("files", options_.files, "Sound or video files; '-' is standard input")
        ->type_name("FILE...")
        ->group(heading);
    app.add_option("-f,--file", options_.files, "The same; 'srt' and the like are output formats")
        ->type_name("FILE")
        ->group(heading)
        ->allow_extra_args(false);
    OptionDeclarer input(app, heading);
    input.text("--channels", "mix|split|N", channels_,
               "mix all channels (default), split them into a transcript each, or take channel N "
               "alone, from 0");
    input.custom(
        "--clip-timestamps", "S,E,...",
        [this](const std::string& option, const std::string& text) {
          options_.transcription.clip_timestamps_s = parse_number_list(option, text);
        },
        "Transcribe only from second S to E, and so on; the last end may be left out");
    input.integer("--offset-t", offset_ms_, "Begin so many milliseconds later; also -ot");
    input.integer("-d,--duration", duration_ms_,
                  "Transcribe so many milliseconds; 0 (default): to the end");
  }

  void settle(const CLI::App& app) override {
    if (options_.files.empty()) throw UsageError("no input file; 'tessera --help' tells more");
    settle_channels();
    settle_clip(app);
  }

 private:
  void settle_channels() {
    if (channels_ == "mix") return;
    if (channels_ == "split") {
      options_.channels = Channels::split;
      return;
    }
    const bool number = !channels_.empty() && channels_.size() <= 3 &&
                        channels_.find_first_not_of("0123456789") == std::string::npos;
    if (!number) {
      throw UsageError("--channels: expected mix, split or a number, got '" + channels_ + "'");
    }
    options_.channels = Channels::one;
    options_.transcription.channel = std::stoi(channels_);
  }

  /// whisper.cpp's offset and duration are one clip.
  void settle_clip(const CLI::App& app) {
    const auto check = [&app](const char* option, int value_ms) {
      if (app.count(option) == 0) return;
      if (value_ms < 0) {
        throw UsageError(std::string(option) + ": expected milliseconds from 0, got " +
                         std::to_string(value_ms));
      }
      if (app.count("--clip-timestamps") > 0) {
        throw UsageError(std::string(option) + ": not together with --clip-timestamps");
      }
    };
    check("--offset-t", offset_ms_);
    check("--duration", duration_ms_);
    if (offset_ms_ == 0 && duration_ms_ == 0) return;
    std::vector<double>& clip_s = options_.transcription.clip_timestamps_s;
    clip_s = {offset_ms_ / 1000.0};
    if (duration_ms_ > 0) clip_s.push_back((static_cast<double>(offset_ms_) + duration_ms_) / 1000);
  }

  TranscribeOptions& options_;
  std::string channels_ = "mix";
  int offset_ms_ = 0;
  int duration_ms_ = 0;
};

}  // namespace

std::unique_ptr<OptionGroup> make_input_options(TranscribeOptions& options) {
  return std::make_unique<InputOptions>(options);
}

}  // namespace tessera::cli
