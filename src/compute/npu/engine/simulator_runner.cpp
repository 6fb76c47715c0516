#include "src/compute/npu/engine/simulator_runner.h"

#include <utility>
#include <vector>

#include "src/compute/npu/plan/check/check_plan.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

class SimulatedPlan : public LoadedPlan {
 public:
  SimulatedPlan(ArrayPlan plan, const SimOptions& options, SimResult& result)
      : plan_(std::move(plan)), options_(options), result_(result) {
    for (const HostBuffer& buffer : plan_.host_buffers) {
      buffers_.emplace_back(static_cast<std::size_t>(host_bytes(plan_, buffer)));
    }
  }

  std::span<std::byte> write(std::size_t index) override { return buffers_.at(index); }
  std::span<const std::byte> read(std::size_t index) override { return buffers_.at(index); }

  void run(const std::stop_token& stop) override {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "npu: stopped");
    const std::vector<std::span<std::byte>> spans(buffers_.begin(), buffers_.end());
    result_ = simulate(plan_, spans, options_);
  }

 private:
  ArrayPlan plan_;
  const SimOptions& options_;
  SimResult& result_;
  std::vector<std::vector<std::byte>> buffers_;
};

}  // namespace

SimulatorRunner::SimulatorRunner(SimOptions options) : options_(std::move(options)) {
  if (!options_.timing_only) return;
  throw Error(ErrorCode::bad_argument, "npu: expected a simulation with data, got timing alone");
}

std::string SimulatorRunner::describe() const {
  return "simulator of AMD's Phoenix array: data computed here, times modelled";
}

std::unique_ptr<LoadedPlan> SimulatorRunner::load(const ArrayPlan& plan) {
  require_valid(plan);
  return std::make_unique<SimulatedPlan>(plan, options_, last_result_);
}

}  // namespace tessera::compute::npu
