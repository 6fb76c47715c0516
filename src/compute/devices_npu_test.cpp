// The device npu on runners that are no chip: what it computes must be npu-sim's bits, and a chip
// that does nothing must be found out before the first window.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "src/compute/cpu/engine_test.h"
#include "src/compute/devices.h"
#include "src/compute/npu/engine/simulator_runner.h"
#include "src/compute/npu/runtime/npu_device.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

using testing::HasSubstr;

/// What goes wrong on the way to the array and back.
enum class Fault { none, nothing_runs, a_byte_differs };

/// The simulator, with a fault.
class FaultyRunner : public npu::PlanRunner {
 public:
  FaultyRunner(Fault fault, int& runs) : fault_(fault), runs_(runs) {}

  std::string describe() const override { return "a faulty array"; }
  std::unique_ptr<npu::LoadedPlan> load(const npu::ArrayPlan& plan) override {
    return std::make_unique<Plan>(simulator_.load(plan), fault_, runs_);
  }

 private:
  class Plan : public npu::LoadedPlan {
   public:
    Plan(std::unique_ptr<npu::LoadedPlan> plan, Fault fault, int& runs)
        : plan_(std::move(plan)), fault_(fault), runs_(runs) {}
    std::span<std::byte> write(std::size_t index) override { return plan_->write(index); }
    std::span<const std::byte> read(std::size_t index) override { return plan_->read(index); }
    void run(const std::stop_token& stop) override {
      ++runs_;
      if (fault_ != Fault::nothing_runs) plan_->run(stop);
      if (fault_ == Fault::a_byte_differs) plan_->write(0)[7] ^= std::byte{1};
    }

   private:
    std::unique_ptr<npu::LoadedPlan> plan_;
    Fault fault_;
    int& runs_;
  };

  npu::SimulatorRunner simulator_{1};
  Fault fault_;
  int& runs_;
};

std::unique_ptr<Device> device_with(Fault fault, int& runs) {
  return npu::make_npu_device(std::make_unique<FaultyRunner>(fault, runs),
                              open_device({.name = "cpu", .options = {}, .threads = 1}));
}

std::vector<float> encode_on_npu(Device& device, const std::shared_ptr<const ModelWeights>& weights,
                                 Precision precision) {
  const auto encoder = device.load_encoder(weights, precision);
  const Tensor mel = cpu::random_mel(weights->dims, 3);
  const TensorView views[] = {mel.view(), mel.view()};
  const auto windows = encoder->encode(views, {});
  const auto first = cpu::values_of(windows[0]->states());
  const auto second = cpu::values_of(windows[1]->states());
  EXPECT_TRUE(std::equal(first.begin(), first.end(), second.begin()))
      << "a window must not see the one before";
  return {first.begin(), first.end()};
}

TEST(NpuDevice, GivesTheSimulatorsBits) {
  const auto weights = cpu::random_weights(cpu::kSmallDims);
  int runs = 0;
  const auto npu = device_with(Fault::none, runs);
  const auto simulated = open_device({.name = "npu-sim", .options = {}, .threads = 1});
  EXPECT_EQ(encode_on_npu(*npu, weights, Precision::bf16),
            encode_on_npu(*simulated, weights, Precision::bf16));
  EXPECT_EQ(runs, 3) << "the check, and two windows";
  EXPECT_THAT(npu->describe(), HasSubstr("npu: the encoder's layers on a faulty array"));
}

std::string complaint_of(Fault fault, Precision precision) {
  int runs = 0;
  const auto device = device_with(fault, runs);
  try {
    device->load_encoder(cpu::random_weights(cpu::kSmallDims), precision);
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + ": " + error.what();
  }
  return "";
}

TEST(NpuDevice, AnArrayThatDoesNothingIsFoundOut) {
  const std::string message = complaint_of(Fault::nothing_runs, Precision::bf16);
  EXPECT_THAT(message, HasSubstr("device_failed: npu: the check with weights of zero failed"));
  EXPECT_THAT(message, HasSubstr("the array wrote nothing there"));
}

TEST(NpuDevice, OneWrongBitIsFoundOut) {
  const std::string message = complaint_of(Fault::a_byte_differs, Precision::bf16);
  EXPECT_THAT(message, HasSubstr("1 of 262144 bytes of x are wrong, the first at 7"));
}

TEST(NpuDevice, RefusesPrecisionsThatItDoesNotHave) {
  EXPECT_THAT(complaint_of(Fault::none, Precision::f32),
              HasSubstr("unsupported: device npu: expected precision bf16, int8 or auto, got f32"));
}

}  // namespace
}  // namespace tessera::compute
