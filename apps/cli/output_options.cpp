#include <algorithm>
#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

class OutputOptions : public OptionGroup {
 public:
  explicit OutputOptions(TranscribeOptions& options) : options_(options) {}

  void declare(CLI::App& app) override {
    const std::string heading = "Output";
    OptionDeclarer output(app, heading);
    output.text("-o,--output-dir", "DIR", options_.output_dir,
                "Write files there, made when missing; '-' writes one format to standard output");
    app.add_option(
           "--output-format", formats_,
           "txt, srt, vtt, tsv, json, csv, lrc, wcpp-json, several with commas, or all: the "
           "first five (default with -o); also -f LIST, -otxt, -osrt, -ovtt, -oj, -ocsv, "
           "-olrc, --output-wcpp-json")
        ->type_name("LIST")
        ->group(heading)
        ->allow_extra_args(false);
    app.add_option("--output-file", options_.output_files,
                   "Name of the output without extension, one for each input; also -of")
        ->type_name("NAME")
        ->group(heading)
        ->allow_extra_args(false);
    output.flag("-q,--quiet", options_.quiet,
                "Print the transcript and errors, nothing else; also -np");
    output.flag("-v,--verbose", options_.verbose,
                "Say what runs, which windows were decoded again or skipped, and how long it took; "
                "'--verbose False' prints no transcript");
    output.flag("--print-progress", options_.print_progress,
                "Print progress also where there is no terminal; also -pp");
  }

  void settle(const CLI::App& app) override {
    options_.print_transcript = app.count("--verbose") == 0 || options_.verbose;
    settle_formats(app);
    if (options_.output_dir.empty()) throw UsageError("--output-dir: expected a directory, got ''");
    if (options_.to_standard_output()) {
      if (options_.formats.size() != 1) {
        throw UsageError("-o -: expected one --output-format, got " +
                         std::to_string(options_.formats.size()));
      }
      options_.print_transcript = false;
    }
    const std::size_t names = options_.output_files.size();
    if (names != 0 && names != options_.files.size()) {
      throw UsageError("--output-file: expected one name for each input, got " +
                       std::to_string(names) + " for " + std::to_string(options_.files.size()));
    }
    if (!options_.print_transcript && options_.formats.empty()) {
      throw UsageError("--verbose False prints nothing, so it needs -o or --output-format");
    }
    check_formats();
  }

 private:
  void settle_formats(const CLI::App& app) {
    std::string list;
    for (const std::string& part : formats_) list += (list.empty() ? "" : ",") + part;
    const bool asked = app.count("--output-dir") > 0 || !options_.output_files.empty();
    if (!formats_.empty()) {
      options_.formats = parse_output_formats(list);
    } else if (asked) {
      options_.formats = parse_output_formats("all");
    }
  }

  /// What the other options want of the formats.
  void check_formats() const {
    const auto has = [this](OutputFormat format) {
      return std::find(options_.formats.begin(), options_.formats.end(), format) !=
             options_.formats.end();
    };
    if (options_.layout.karaoke && !has(OutputFormat::vtt)) {
      throw UsageError("--karaoke: needs the output format vtt");
    }
    if (options_.max_segment_characters && has(OutputFormat::json)) {
      throw UsageError(
          "--max-len: not together with the output format json, whose segments hold "
          "tokens that cannot be cut");
    }
    if (options_.detect_language && !options_.formats.empty()) {
      throw UsageError(
          "--detect-language: writes no files, so not together with -o, -of or "
          "--output-format");
    }
    if (options_.detect_language && options_.channels == Channels::split) {
      throw UsageError("--detect-language: not together with --channels split");
    }
  }

  TranscribeOptions& options_;
  std::vector<std::string> formats_;
};

}  // namespace

std::unique_ptr<OptionGroup> make_output_options(TranscribeOptions& options) {
  return std::make_unique<OutputOptions>(options);
}

}  // namespace tessera::cli
