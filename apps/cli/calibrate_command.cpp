#include <cstdio>
#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/parser.h"
#include "tessera/prepare.h"

namespace tessera::cli {
namespace {

struct CalibrateArguments {
  std::string model, model_dir;
  std::vector<std::string> files;
  CalibrationOptions options;
  bool quiet = false;
};

/// False when help was asked for and printed.
bool parse(const std::vector<std::string>& arguments, CalibrateArguments& parsed) {
  CLI::App app(
      "Measures on real sound what int8 costs in each part of a model's encoder, and stores beside "
      "the model which parts stay in bf16.",
      "tessera calibrate");
  app.formatter(
      std::make_shared<HelpFormatter>("tessera calibrate [OPTIONS] MODEL --audio FILE..."));
  app.add_option("model", parsed.model, "A folder, a file or the name of a model")
      ->type_name("MODEL");
  app.add_option("--audio", parsed.files, "Recordings like those to come")->type_name("FILE...");
  app.add_option("--largest-error", parsed.options.largest_error,
                 "What the encoder's output may differ from f32's, relatively; default 0.03")
      ->type_name("X");
  app.add_option("--windows", parsed.options.windows,
                 "Windows of 30 s to listen to at most; default 4")
      ->type_name("N");
  app.add_option("--model-dir", parsed.model_dir, "Where to look for models first")
      ->type_name("DIR");
  app.add_option("--device", parsed.options.device.device, "The device; default auto")
      ->type_name("NAME");
  app.add_option("-t,--threads", parsed.options.device.threads, "Threads to compute with")
      ->type_name("N");
  app.add_flag("-q,--quiet", parsed.quiet, "Print nothing but errors");
  if (!parse_arguments(app, arguments)) return false;
  if (parsed.model.empty()) throw UsageError("calibrate: expected a model");
  if (parsed.files.empty()) throw UsageError("calibrate: expected --audio and sound files");
  return true;
}

std::string percent(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%6.3f %%", 100 * value);
  return text;
}

std::string table(const Calibration& found) {
  std::string text;
  for (const PartError& part : found.parts) {
    text += percent(part.error) + "  " + part.part + (part.kept_in_bf16 ? "  stays in bf16" : "") +
            "\n";
  }
  return text + percent(found.int8_error) + "  all in int8\n" + percent(found.error) +
         "  as planned\n" + found.path + "\n";
}

}  // namespace

int calibrate_command(const std::vector<std::string>& arguments) {
  CalibrateArguments parsed;
  if (!parse(arguments, parsed)) return kExitOk;
  const Interrupt interrupt;
  Console console(parsed.quiet, parsed.quiet ? ProgressStyle::none
                                             : progress_style_for_terminal(ProgressStyle::none));
  CalibrationCallbacks callbacks;
  callbacks.stop = interrupt.token();
  callbacks.on_progress = [&](int done, int total) { console.progress(done, total); };
  console.begin(parsed.model);
  try {
    const Calibration found = calibrate_model(Model::load(parsed.model, parsed.model_dir),
                                              parsed.files, parsed.options, callbacks);
    console.end();
    if (!parsed.quiet) write_standard_output(table(found));
  } catch (const Error& error) {
    console.end();
    if (error.code() != ErrorCode::cancelled) throw;
    print_error("interrupted; nothing was written");
    return kExitSignal + interrupt.signal();
  }
  return kExitOk;
}

}  // namespace tessera::cli
