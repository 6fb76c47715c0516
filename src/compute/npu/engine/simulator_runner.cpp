#include "src/compute/npu/engine/simulator_runner.h"

#include <utility>
#include <vector>

#include "src/compute/npu/engine/emulated_array.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {
namespace {

class SimulatedPlan : public LoadedPlan {
 public:
  SimulatedPlan(ArrayPlan plan, int threads) : plan_(std::move(plan)), threads_(threads) {
    for (const HostBuffer& buffer : plan_.host_buffers) {
      buffers_.emplace_back(static_cast<std::size_t>(host_bytes(plan_, buffer)));
    }
  }

  std::span<std::byte> write(std::size_t index) override { return buffers_.at(index); }
  std::span<const std::byte> read(std::size_t index) override { return buffers_.at(index); }

  void run(const std::stop_token& stop) override {
    const std::vector<std::span<std::byte>> spans(buffers_.begin(), buffers_.end());
    EmulatedArray array(plan_, threads_ - 1);
    // The bytes do not depend on the cycles: any will do.
    simulate(plan_, spans,
             {.cycles = [](const CoreKernel&, std::span<std::byte* const>,
                           std::span<const std::int32_t>) { return std::int64_t{10000}; },
              .runner = &array,
              .stop = stop});
  }

 private:
  ArrayPlan plan_;
  int threads_;
  std::vector<std::vector<std::byte>> buffers_;
};

}  // namespace

std::string SimulatorRunner::describe() const { return "simulated Phoenix array"; }

std::unique_ptr<LoadedPlan> SimulatorRunner::load(const ArrayPlan& plan) {
  require_valid(plan);
  return std::make_unique<SimulatedPlan>(plan, threads_);
}

}  // namespace tessera::compute::npu
