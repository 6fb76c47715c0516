// Runs plans on the chip, through the plugin.
#pragma once

#include <chrono>

#include "src/compute/npu/engine/plan_runner.h"
#include "src/compute/npu/runtime/design_files.h"
#include "src/compute/npu/runtime/npu_runtime.h"

namespace tessera::compute::npu {

struct XrtOptions {
  std::chrono::milliseconds timeout{10'000};  ///< of all launches of a run together
  bool as_list = true;  ///< all launches as one list of XRT's; else each waits for the one before
};

/// One design, which is in the array while a plan is loaded.
class XrtRunner : public PlanRunner {
 public:
  /// `device` is what probe_npu() said.
  XrtRunner(NpuPlugin plugin, std::string device, DesignFiles design, XrtOptions options);

  std::string describe() const override;

  /// Throws Error{bad_file} when the design was built for another plan, and what the plugin meets.
  std::unique_ptr<LoadedPlan> load(const ArrayPlan& plan) override;

 private:
  NpuPlugin plugin_;
  std::string device_;
  DesignFiles design_;
  XrtOptions options_;
};

}  // namespace tessera::compute::npu
