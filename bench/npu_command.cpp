#include "bench/npu_command.h"

#include <fstream>
#include <iostream>

#include "bench/npu_counted.h"
#include "bench/npu_reports.h"
#include "src/compute/npu/sim/array_points.h"

namespace tessera::bench {
namespace {

template <class Rows>
bool write_file(const std::string& path, const Rows& rows,
                void (*writer)(const Rows&, std::ostream&)) {
  if (path.empty() || path == "-") return true;
  std::ofstream file(path);
  writer(rows, file);
  if (file.flush()) return true;
  std::cerr << "tessera-bench: " << path << ": cannot be written\n";
  return false;
}

int model_command(const NpuArguments& arguments) {
  NpuPoints points = compute::npu::calibration_points();
  const NpuPoints simulated = compute::npu::simulated_calibration_points();
  points.insert(points.end(), simulated.begin(), simulated.end());
  const auto writer = arguments.json == "-" ? write_npu_model_json : write_npu_model_table;
  writer(points, std::cout);
  bool good = write_file(arguments.json, points, write_npu_model_json);
  for (const auto& point : points) {
    if (point.holds()) continue;
    std::cerr << "tessera-bench: " << point.group << ", " << point.name << ": out of its band\n";
    good = false;
  }
  return good ? 0 : 1;
}

int ladder_command(const NpuArguments& arguments) {
  const auto rows = counted_ladder();
  const auto writer = arguments.json == "-" ? write_npu_ladder_json : write_npu_ladder_table;
  writer(rows, std::cout);
  const bool json = write_file(arguments.json, rows, write_npu_ladder_json);
  const bool html = write_file(arguments.html, rows, write_npu_ladder_page);
  return json && html ? 0 : 1;
}

}  // namespace

void add_npu_commands(CLI::App& app, NpuArguments& arguments) {
  CLI::App& model =
      *app.add_subcommand("npu-model", "the NPU's cost model against every published measurement");
  model.add_option("--json", arguments.json, "write JSON to this file; - prints it alone");
  CLI::App& ladder =
      *app.add_subcommand("npu-ladder", "what the NPU's attention costs step by step, modelled");
  ladder.add_option("--json", arguments.json, "write JSON to this file; - prints it alone");
  ladder.add_option("--html", arguments.html, "write a page with charts to this file");
}

bool got_npu_command(const CLI::App& app) {
  return app.got_subcommand("npu-model") || app.got_subcommand("npu-ladder");
}

int npu_command(const CLI::App& app, const NpuArguments& arguments) {
  return app.got_subcommand("npu-model") ? model_command(arguments) : ladder_command(arguments);
}

}  // namespace tessera::bench
