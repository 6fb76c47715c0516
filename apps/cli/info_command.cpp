#include <algorithm>
#include <memory>
#include <thread>

#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/parser.h"
#include "tessera/info.h"
#include "tessera/model.h"
#include "tessera/prepare.h"

namespace tessera::cli {
namespace {

/// "devices   first line", and the name left out for those that follow.
std::string row(const std::string& name, const std::string& text) {
  constexpr std::size_t kColumns = 10;
  return name + std::string(kColumns - std::min(kColumns, name.size()), ' ') + text + "\n";
}

std::string describe_machine() {
  std::string features;
  for (const std::string& feature : cpu_features())
    features += (features.empty() ? "" : " ") + feature;
  return row("version", version()) +
         row("threads", std::to_string(available_cores()) + " (of " +
                            std::to_string(std::thread::hardware_concurrency()) + " processors)") +
         row("isa", features.empty() ? "none that matters" : features);
}

std::string describe_devices() {
  std::string text;
  for (const DeviceInfo& device : list_devices()) {
    text +=
        row(text.empty() ? "devices" : "",
            device.name + ": " + (device.available ? "" : "not available: ") + device.description);
  }
  return text;
}

std::string describe_models(const std::string& model_dir) {
  std::string text;
  for (const FoundModel& model : Model::list(model_dir)) {
    if (!model.complete) continue;
    text += row(text.empty() ? "models" : "", model.name + ": " + model.directory);
  }
  return text.empty() ? row("models", "none found") : text;
}

std::string describe_languages() {
  std::string text;
  for (const Language& language : list_languages()) text += row(language.code, language.name);
  return text;
}

/// "matmul_i8" and its variants below, the one that runs marked with *.
std::string describe_kernels(const std::string& isa) {
  std::string text, op;
  for (const KernelInfo& kernel : list_kernels(isa)) {
    if (kernel.op != op) text += (op = kernel.op) + "\n";
    const char* mark = kernel.selected ? "* " : kernel.available ? "  " : "- ";
    constexpr std::size_t kColumns = 32;
    std::string line = mark + kernel.variant;
    line += std::string(std::max<std::size_t>(kColumns, line.size() + 2) - line.size(), ' ');
    text += line + kernel.description;
    if (!kernel.exact_with.empty()) text += "; bit-equal to " + kernel.exact_with;
    text += '\n';
  }
  return text + "* runs unless another is asked for; - cannot run here\n";
}

}  // namespace

int info_command(const std::vector<std::string>& arguments) {
  CLI::App app("Prints what this build and this machine can do.", "tessera info");
  app.formatter(std::make_shared<HelpFormatter>("tessera info [OPTIONS]"));
  std::string model_dir;
  std::string isa;
  bool languages = false;
  bool kernels = false;
  bool plan = false;
  std::string model;
  DeviceOptions device;
  app.add_option("--model-dir", model_dir, "Where to look for models first")->type_name("DIR");
  app.add_flag("--languages", languages, "List the languages that multilingual models know");
  app.add_flag("--kernels", kernels, "List every variant of every kernel");
  app.add_option("--isa", isa,
                 "The highest instruction set that kernels may use; default auto, or $TESSERA_ISA")
      ->type_name("ISA");
  app.add_flag("--plan", plan, "List the precision of every part of a model");
  app.add_option("-m,--model", model, "Of --plan: the model, default the one that ships")
      ->type_name("NAME|DIR");
  app.add_option("--device", device.device, "Of --plan: the device; default auto")
      ->type_name("NAME");
  app.add_option("--precision", device.precision, "Of --plan: auto (default), f32, bf16 or int8")
      ->type_name("TYPE");
  if (!parse_arguments(app, arguments)) return kExitOk;
  const std::string text =
      plan        ? describe_plan(Model::load(model, model_dir), device)
      : languages ? describe_languages()
      : kernels   ? describe_kernels(isa)
                  : describe_machine() + describe_devices() + describe_models(model_dir);
  write_standard_output(text);
  return kExitOk;
}

}  // namespace tessera::cli
