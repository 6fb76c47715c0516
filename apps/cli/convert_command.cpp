#include "tessera/convert.h"

#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/byte_progress.h"
#include "apps/cli/byte_text.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/parser.h"

namespace tessera::cli {
namespace {

struct ConvertArguments {
  std::string model;
  std::string directory;
  ConvertOptions options;
  bool quiet = false;
};

/// False when help was asked for and printed.
bool parse(const std::vector<std::string>& arguments, ConvertArguments& parsed) {
  CLI::App app("Writes a model in the Hugging Face layout, which every Whisper program can read.",
               "tessera convert");
  app.formatter(std::make_shared<HelpFormatter>("tessera convert [OPTIONS] IN OUT"));
  app.add_option("in", parsed.model,
                 "A folder or file of any format that transcribe takes, the name of a model, or "
                 "random:NAME")
      ->type_name("IN");
  app.add_option("out", parsed.directory, "The folder to make, which must be empty or not there")
      ->type_name("OUT");
  app.add_option(
         "--dtype", parsed.options.dtype,
         "How the weights are stored: auto (as the model has them, f32 for quantised ones), "
         "f32, f16 or bf16; default auto")
      ->type_name("DTYPE");
  app.add_flag("--overwrite", parsed.options.overwrite, "Replace the model that OUT is");
  app.add_option("--model-dir", parsed.options.model_dir, "Where to look for models first")
      ->type_name("DIR");
  app.add_flag("-q,--quiet", parsed.quiet, "Print nothing but errors");
  if (!parse_arguments(app, arguments)) return false;
  if (parsed.model.empty()) throw UsageError("convert: expected a model and a folder to write");
  if (parsed.directory.empty()) throw UsageError("convert: expected a folder to write");
  return true;
}

}  // namespace

int convert_command(const std::vector<std::string>& arguments) {
  ConvertArguments parsed;
  if (!parse(arguments, parsed)) return kExitOk;
  const Interrupt interrupt;
  const bool shown =
      !parsed.quiet && progress_style_for_terminal(ProgressStyle::none) == ProgressStyle::bar;
  ByteProgress progress(parsed.directory, shown);
  ConvertCallbacks callbacks;
  callbacks.stop = interrupt.token();
  std::uint64_t bytes = 0;
  callbacks.on_progress = [&](double done_bytes, double total_bytes) {
    bytes = static_cast<std::uint64_t>(total_bytes);
    progress.update(static_cast<std::uint64_t>(done_bytes), bytes);
  };
  try {
    convert_model(parsed.model, parsed.directory, parsed.options, callbacks);
  } catch (const Error& error) {
    progress.clear();
    if (error.code() != ErrorCode::cancelled) throw;
    print_error("interrupted; nothing was written");
    return kExitSignal + interrupt.signal();
  }
  progress.clear();
  if (!parsed.quiet) {
    Console(false, ProgressStyle::none)
        .note(parsed.directory + ": " + format_bytes(bytes) + " of weights");
  }
  return kExitOk;
}

}  // namespace tessera::cli
