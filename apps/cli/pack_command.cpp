#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/parser.h"
#include "tessera/prepare.h"

namespace tessera::cli {

int pack_command(const std::vector<std::string>& arguments) {
  std::string name, model_dir;
  DeviceOptions device;
  bool quiet = false;
  CLI::App app(
      "Stores a model's weights as this machine computes with them beside the model, so that it "
      "is ready sooner. The file is made anew when it no longer fits.",
      "tessera pack");
  app.formatter(std::make_shared<HelpFormatter>("tessera pack [OPTIONS] MODEL"));
  app.add_option("model", name, "A folder, a file or the name of a model")->type_name("MODEL");
  app.add_option("--model-dir", model_dir, "Where to look for models first")->type_name("DIR");
  app.add_option("--device", device.device, "The device to pack for; default auto")
      ->type_name("NAME");
  app.add_option("--precision", device.precision, "auto (default), f32, bf16 or int8")
      ->type_name("TYPE");
  app.add_option("-t,--threads", device.threads, "Threads to work with")->type_name("N");
  app.add_flag("-q,--quiet", quiet, "Print nothing but errors");
  if (!parse_arguments(app, arguments)) return kExitOk;
  if (name.empty()) throw UsageError("pack: expected a model");
  const std::string path = pack_model(Model::load(name, model_dir), device);
  if (!quiet) write_standard_output(path + "\n");
  return kExitOk;
}

}  // namespace tessera::cli
