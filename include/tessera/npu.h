// What a model's encoder would do on AMD's Phoenix NPU, without having one.
#pragma once

#include <string>

#include "tessera/error.h"
#include "tessera/model.h"

namespace tessera {

struct NpuPlanOptions {
  std::string precision = "bf16";  ///< "bf16" or "int8"
  /// How well a compiler schedules the kernels' loops: "hand", "chess", "peano" or "unpipelined".
  std::string grade = "peano";
  double clock_ghz = 1.0;  ///< the array's clock: 0.8 to 1.8, by the machine and its power mode
};

/// The encoder's plan for the array, in four forms.
struct NpuPlan {
  std::string text;     ///< tables: stages, tiles, kernels; times are modelled, not measured
  std::string html;     ///< a page with the array drawn: nothing in it is loaded from elsewhere
  std::string mlir;     ///< for AMD's compiler, see tools/npu_build
  std::string objects;  ///< "plan NAME", then a line for each kernel: its symbol, its object file
};

/// Plans and simulates the encoder for the time alone. Throws Error{bad_argument} for an option
/// that makes no sense, Error{unsupported} for a model whose heads are not 64 wide.
TESSERA_API NpuPlan plan_npu(const Model& model, const NpuPlanOptions& options = {});

/// The same of a model as Model::load takes it. A plan is of sizes alone, so one of OpenAI's models
/// ("base", "large-v3") need not be on this machine.
TESSERA_API NpuPlan plan_npu(const std::string& model, const std::string& model_dir,
                             const NpuPlanOptions& options = {});

}  // namespace tessera
