// tessera-bench: how fast this build is on this machine.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "bench/pipeline.h"
#include "tessera/error.h"

namespace {

using namespace tessera;

int run(const bench::PipelineOptions& options, const std::string& json) {
  bench::Setting setting;
  const std::vector<bench::Row> rows = bench::run_pipeline(options, setting);
  if (json == "-") {
    bench::write_json(setting, rows, std::cout);
    return 0;
  }
  bench::write_table(setting, rows, std::cout);
  if (json.empty()) return 0;
  std::ofstream file(json);
  bench::write_json(setting, rows, file);
  if (file.flush()) return 0;
  std::cerr << "tessera-bench: " << json << ": cannot be written\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures Tessera on this machine.");
  app.require_subcommand(0, 1);
  bench::PipelineOptions options;
  std::string json;
  const auto add_options = [&](CLI::App* to) {
    to->add_option("--model", options.model, "model to run, e.g. random:base")
        ->capture_default_str();
    to->add_option("--device", options.device.device, "device")->capture_default_str();
    to->add_option("--precision", options.device.precision, "auto, f32, bf16 or int8")
        ->capture_default_str();
    to->add_option("-t,--threads", options.device.threads, "threads; 0: one per core")
        ->capture_default_str();
    to->add_option("--iterations", options.iterations, "runs that count")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    to->add_option("--tokens", options.max_tokens, "tokens per window")
        ->check(CLI::Range(1, 448))
        ->capture_default_str();
    to->add_option("--json", json, "write JSON to this file; - prints it alone");
  };
  add_options(&app);
  add_options(app.add_subcommand("pipeline", "one 30-second window, mel to text (the default)"));
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options, json);
  } catch (const Error& error) {
    std::cerr << "tessera-bench: " << error.what() << '\n';
    return 1;
  }
}
