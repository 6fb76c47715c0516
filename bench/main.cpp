// tessera-bench: how fast this build is on this machine.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "bench/compare.h"
#include "bench/decoder_suite.h"
#include "bench/energy.h"
#include "bench/engine_options.h"
#include "bench/kernel_suites.h"
#include "bench/model_accuracy.h"
#include "bench/npu_command.h"
#include "bench/page.h"
#include "bench/peers/peers_command.h"
#include "bench/pipeline.h"
#include "tessera/error.h"

namespace {

using namespace tessera;

struct Arguments {
  bench::PipelineOptions pipeline;
  bench::KernelOptions kernels;
  bench::EngineOptions engine;
  bench::ModelAccuracyOptions accuracy;
  bench::DecoderOptions decoder;
  int iterations = 0;  // 0: the suite's own number
  std::string json;
  std::string html;
  std::string compare;
};

/// Writes a file with `writer`; says so and returns false when it cannot be written.
bool write_file(const std::string& path, const bench::Report& report,
                void (*writer)(const bench::Report&, std::ostream&)) {
  if (path.empty() || path == "-") return true;
  std::ofstream file(path);
  writer(report, file);
  if (file.flush()) return true;
  std::cerr << "tessera-bench: " << path << ": cannot be written\n";
  return false;
}

int write(const bench::Report& report, const Arguments& arguments) {
  if (arguments.json == "-") {
    bench::write_json(report, std::cout);
  } else {
    bench::write_table(report, std::cout);
  }
  if (!arguments.compare.empty()) {
    bench::write_comparison(report, arguments.compare,
                            arguments.json == "-" ? std::cerr : std::cout);
  }
  const bool json = write_file(arguments.json, report, bench::write_json);
  const bool html = write_file(arguments.html, report, bench::write_page);
  return json && html ? 0 : 1;
}

bench::Report run_kernels(const CLI::App& app, const bench::KernelOptions& options) {
  bench::PeakTable peak;
  bench::Report report;
  const auto append = [&](const char* name, auto run) {
    if (!app.got_subcommand(name) && !app.got_subcommand("all")) return;
    for (bench::Row& row : run(options, peak)) report.rows.push_back(std::move(row));
  };
  append("tile", bench::run_tile);
  append("tile", bench::run_tile_sizes);
  append("tile", bench::run_tile_threads);
  append("accuracy", bench::run_tile_accuracy);
  append("gemm", bench::run_gemm);
  append("rows", bench::run_rows);
  append("ops", bench::run_ops);
  append("mel", bench::run_mel);
  append("seed", bench::run_seed);
  if (app.got_subcommand("softmax")) report.rows = bench::run_softmax(options, peak);
  report.setting = {{"clock of one thread", std::to_string(peak.clock_hz() * 1e-9) + " GHz"}};
  return report;
}

bench::Report run_suite(const CLI::App& app, const Arguments& arguments) {
  bench::PeakTable peak;
  if (app.got_subcommand("accuracy") && !arguments.accuracy.model.empty()) {
    return bench::run_model_accuracy(arguments.accuracy);
  }
  if (app.got_subcommand("encoder")) return bench::run_encoder(arguments.engine, peak);
  if (app.got_subcommand("decoder")) return bench::run_decoder(arguments.decoder);
  const bool pipeline = app.get_subcommands().empty() || app.got_subcommand("pipeline");
  return pipeline ? bench::run_pipeline(arguments.pipeline) : run_kernels(app, arguments.kernels);
}

int run(const CLI::App& app, Arguments& arguments) {
  if (arguments.iterations > 0) {
    arguments.pipeline.iterations = arguments.kernels.iterations = arguments.iterations;
    arguments.engine.iterations = arguments.decoder.iterations = arguments.iterations;
  }
  const auto before = bench::read_energy_j();
  bench::Report report = run_suite(app, arguments);
  report.energy_j = bench::energy_between(before, bench::read_energy_j());
  report.peak_rss_mb = bench::peak_rss_mb();
  return write(report, arguments);
}

void add_common_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--iterations", arguments.iterations,
                 "runs that count; default 5, engines 11, kernels 100")
      ->check(CLI::Range(1, 100000));
  app.add_option("--json", arguments.json, "write JSON to this file; - prints it alone");
  app.add_option("--compare", arguments.compare, "an earlier --json file to compare with")
      ->check(CLI::ExistingFile);
  app.add_option("--html", arguments.html, "write a page with charts to this file");
}

void add_pipeline_options(CLI::App& app, bench::PipelineOptions& options) {
  app.add_option("--model", options.model, "model to run, e.g. random:base")->capture_default_str();
  app.add_option("--device", options.device.device, "device")->capture_default_str();
  app.add_option("--precision", options.device.precision, "auto, f32, bf16 or int8")
      ->capture_default_str();
  app.add_option("-t,--threads", options.device.threads, "threads; 0: one per core")
      ->capture_default_str();
  app.add_option("--tokens", options.max_tokens, "tokens per window")
      ->check(CLI::Range(1, 448))
      ->capture_default_str();
  app.add_option("--batch", options.batch, "windows at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void add_engine_options(CLI::App& app, bench::EngineOptions& options) {
  app.add_option("--model", options.model, "model to run, e.g. random:base")->capture_default_str();
  app.add_option("--precision", options.precision, "f32, bf16 or int8")->capture_default_str();
  app.add_option("-t,--threads", options.threads, "threads; 0: one per core")
      ->capture_default_str();
  app.add_option("--batch", options.batch, "windows or streams at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--isa", options.isa, "the highest instruction set that may run");
}

void add_decoder_options(CLI::App& app, bench::DecoderOptions& options) {
  app.add_option("--model", options.model, "model to run, e.g. random:base")->capture_default_str();
  app.add_option("--precision", options.precision, "f32, bf16 or int8")->capture_default_str();
  app.add_option("-t,--threads", options.threads, "threads; 0: one per core")
      ->capture_default_str();
  app.add_option("--batch", options.batch, "streams, each over a window of its own")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--beams", options.beams, "streams over each window, forked from one")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_option("--tokens", options.tokens, "tokens per stream")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
  app.add_option("--isa", options.isa, "the highest instruction set that may run");
}

void add_accuracy_options(CLI::App& app, bench::ModelAccuracyOptions& options) {
  app.add_option("--model", options.model, "a whole model instead of tiles");
  app.add_option("--device", options.device, "the device that is judged")->capture_default_str();
  app.add_option("--sound", options.sounds,
                 "recordings to judge it with; default: made-up log-mels");
  app.add_option("--precision", options.precisions, "default: bf16 and int8");
  app.add_option("--windows", options.windows, "windows at most whose encoder output is compared")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--tokens", options.max_tokens, "tokens per transcript")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
}

void add_kernel_options(CLI::App& app, bench::KernelOptions& options) {
  app.add_option("-t,--threads", options.threads, "the most threads; 0: one per core")
      ->capture_default_str();
  app.add_option("--isa", options.isa, "the highest instruction set that may run");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures Tessera on this machine.");
  app.require_subcommand(0, 1);
  Arguments arguments;
  const auto suite = [&](const char* name, const char* text) {
    CLI::App* added = app.add_subcommand(name, text);
    add_common_options(*added, arguments);
    return added;
  };
  add_common_options(app, arguments);
  add_pipeline_options(app, arguments.pipeline);
  add_pipeline_options(*suite("pipeline", "one 30-second window, mel to text (the default)"),
                       arguments.pipeline);
  add_engine_options(*suite("encoder", "the cpu device's encoder on a whole window"),
                     arguments.engine);
  add_decoder_options(*suite("decoder", "tokens of the cpu device's decoder, over made-up windows"),
                      arguments.decoder);
  add_kernel_options(*suite("tile", "attention over one int8 tile, every variant"),
                     arguments.kernels);
  CLI::App* accuracy =
      suite("accuracy",
            "how far every variant of a tile is from float64; with --model, how far the "
            "cpu device's precisions are from float32");
  add_kernel_options(*accuracy, arguments.kernels);
  add_accuracy_options(*accuracy, arguments.accuracy);
  add_kernel_options(*suite("gemm", "the matrix products of Whisper base, every variant"),
                     arguments.kernels);
  add_kernel_options(*suite("rows", "softmax, LayerNorm, GELU, quantisation, every variant"),
                     arguments.kernels);
  add_kernel_options(*suite("softmax", "softmax of 1500 rows of 1500, every variant"),
                     arguments.kernels);
  add_kernel_options(*suite("ops", "matrix products of any size against their bare kernels"),
                     arguments.kernels);
  add_kernel_options(
      *suite("mel", "the log-mel of a 30-second window on one thread, every variant"),
      arguments.kernels);
  add_kernel_options(*suite("seed", "the four operations of the plan that began the project"),
                     arguments.kernels);
  add_kernel_options(*suite("all", "all kernels"), arguments.kernels);
  bench::PeersArguments peers;
  bench::add_peers_command(app, peers);
  bench::NpuArguments npu;
  bench::add_npu_commands(app, npu);
  CLI11_PARSE(app, argc, argv);
  try {
    if (app.got_subcommand("peers")) return bench::peers_command(peers);
    if (bench::got_npu_command(app)) return bench::npu_command(app, npu);
    return run(app, arguments);
  } catch (const Error& error) {
    std::cerr << "tessera-bench: " << error.what() << '\n';
    return 1;
  }
}
