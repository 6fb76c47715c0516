#include "src/compute/cpu/calibration.h"

#include <gtest/gtest.h>

#include "src/compute/cpu/engine_test.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

class CalibrationTest : public testing::Test {
 protected:
  CalibratedPlan calibrate(double largest_error, const std::stop_token& stop = {}) {
    std::vector<TensorView> views;
    for (const Tensor& mel : mels_) views.push_back(mel.view());
    CalibrationRequest request;
    request.largest_error = largest_error;
    request.stop = stop;
    request.on_progress = [&](int done, int total) {
      EXPECT_EQ(done, ++steps_);
      EXPECT_EQ(total, 10);
    };
    return calibrated_plan(weights_, views, request, kernels_, pool_);
  }

  // The second layer's value projection is far larger than the rest of the layer wants: its int8
  // error is what the output sees most of.
  std::shared_ptr<ModelWeights> weights_ =
      random_weights(kTestDims, [](const std::string& name, std::vector<float>& values) {
        if (name != "model.encoder.layers.1.fc2.weight") return;
        for (float& value : values) value *= 12.0f;
      });
  std::vector<Tensor> mels_ = [] {
    std::vector<Tensor> mels;
    for (unsigned i = 0; i < 2; ++i) mels.push_back(random_mel(kTestDims, i));
    return mels;
  }();
  KernelSet kernels_{kernels::IsaTier::best()};
  base::ThreadPool pool_{2};
  int steps_ = 0;
};

TEST_F(CalibrationTest, KeepsTheWorstPartsUntilTheErrorIsSmallEnough) {
  const CalibratedPlan all = calibrate(1.0);
  EXPECT_EQ(steps_, 10);
  ASSERT_EQ(all.report.parts.size(), 10u);
  for (const auto& part : all.report.parts) EXPECT_FALSE(part.kept) << part.name;
  EXPECT_EQ(all.report.error, all.report.int8_error);
  EXPECT_GT(all.report.parts.front().error, all.report.parts.back().error);
  // Both operands of the last layer's down projection are what was made large.
  EXPECT_EQ(all.report.parts.front().name.substr(0, 10), "encoder 1 ");

  steps_ = 0;
  const double wanted = 0.7 * all.report.int8_error;
  const CalibratedPlan some = calibrate(wanted);
  EXPECT_LE(some.report.error, wanted);
  EXPECT_EQ(some.report.int8_error, all.report.int8_error);
  EXPECT_TRUE(some.report.parts.front().kept);
  EXPECT_FALSE(some.report.parts.back().kept);
  int in_bf16 = 0, kept = 0;
  for (const EncoderLayerPlan& layer : some.plan.encoder) {
    for (const Number number : {layer.qkv, layer.attention, layer.out, layer.up, layer.down}) {
      in_bf16 += number == Number::bf16;
    }
  }
  for (const auto& part : some.report.parts) kept += part.kept;
  EXPECT_EQ(in_bf16, kept);
}

TEST_F(CalibrationTest, WhatCannotBeReachedKeepsEverything) {
  const CalibratedPlan found = calibrate(1e-9);
  for (const auto& part : found.report.parts) EXPECT_TRUE(part.kept) << part.name;
  EXPECT_GT(found.report.error, 1e-9);
  EXPECT_LT(found.report.error, found.report.int8_error);
}

TEST_F(CalibrationTest, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  try {
    calibrate(1.0, source.get_token());
    FAIL() << "not cancelled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
}

}  // namespace
}  // namespace tessera::compute::cpu
