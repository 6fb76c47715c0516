// `tessera-bench npu-model` and `npu-ladder`: what the cost model of the array says. Nothing here
// is measured on this machine.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tessera::bench {

struct NpuArguments {
  std::string json;
  std::string html;
};

void add_npu_commands(CLI::App& app, NpuArguments& arguments);

/// Whether one of them was given.
bool got_npu_command(const CLI::App& app);

/// The exit status: 1 when a report could not be written, or when npu-model left a band.
int npu_command(const CLI::App& app, const NpuArguments& arguments);

}  // namespace tessera::bench
