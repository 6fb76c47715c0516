#include <cstdio>
#include <fstream>
#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/parser.h"
#include "apps/cli/typed_values.h"
#include "tessera/npu.h"

namespace tessera::cli {
namespace {

struct NpuArguments {
  std::string action, model, model_dir;
  NpuPlanOptions options;
  std::string clock;
  std::string html, mlir, objects;
};

/// False when help was asked for and printed.
bool parse_npu(const std::vector<std::string>& arguments, NpuArguments& parsed) {
  CLI::App app(
      "Plans a model's encoder for AMD's Phoenix NPU (Ryzen 7040 and 8040), and says what it would "
      "take there. Times are modelled: no NPU is asked.",
      "tessera npu");
  app.formatter(std::make_shared<HelpFormatter>("tessera npu plan [OPTIONS]"));
  app.add_option("action", parsed.action)->type_name("plan")->group("");
  app.add_option("-m,--model", parsed.model, "The model, default the one that ships")
      ->type_name("NAME|DIR");
  app.add_option("--model-dir", parsed.model_dir, "Where to look for models first")
      ->type_name("DIR");
  app.add_option("--precision", parsed.options.precision, "bf16 (default) or int8")
      ->type_name("TYPE");
  app.add_option("--grade", parsed.options.grade,
                 "How well the kernels' loops are scheduled: hand, chess, peano (default) or "
                 "unpipelined")
      ->type_name("NAME");
  app.add_option("--clock", parsed.clock, "The array's clock in GHz; default 1.0")
      ->type_name("GHZ");
  app.add_option("--html", parsed.html, "Write a page with the array drawn")->type_name("FILE");
  app.add_option("--mlir", parsed.mlir, "Write the plan for AMD's compiler")->type_name("FILE");
  app.add_option("--objects", parsed.objects,
                 "Write each kernel's symbol and object file, a line for each")
      ->type_name("FILE");
  if (!parse_arguments(app, arguments)) return false;
  if (parsed.action != "plan") {
    throw UsageError("npu: expected plan" +
                     (parsed.action.empty() ? "" : ", got '" + parsed.action + "'"));
  }
  if (!parsed.clock.empty()) {
    parsed.options.clock_ghz = parse_number("--clock", parsed.clock);
  }
  return true;
}

/// The file appears complete or not at all.
void write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::binary);
  file << text;
  file.close();
  if (!file || std::rename(part.c_str(), path.c_str()) != 0) {
    std::remove(part.c_str());
    throw Error(ErrorCode::bad_file, path + ": cannot be written");
  }
}

}  // namespace

int npu_command(const std::vector<std::string>& arguments) {
  NpuArguments parsed;
  if (!parse_npu(arguments, parsed)) return kExitOk;
  const NpuPlan plan = plan_npu(parsed.model, parsed.model_dir, parsed.options);
  write_file(parsed.html, plan.html);
  write_file(parsed.mlir, plan.mlir);
  write_file(parsed.objects, plan.objects);
  write_standard_output(plan.text);
  return kExitOk;
}

}  // namespace tessera::cli
