// Convolutions on the array, run in the simulator with data, against plain loops.
#include "src/compute/npu/plan/builders/conv_plan.h"

#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/run_plan_test.h"

namespace tessera::compute::npu {
namespace {

const GemmTile kConvTile{.m = 8, .k = 8, .n = 8};

/// Convolves in the simulator and by loops. Past the last input the buffer has noise.
void expect_convolution(const ConvShape& shape, std::uint64_t seed) {
  SCOPED_TRACE("positions " + std::to_string(shape.positions) + " channels " +
               std::to_string(shape.channels_in) + " to " + std::to_string(shape.channels_out) +
               " taps " + std::to_string(shape.taps) + " stride " + std::to_string(shape.stride));
  const ArrayPlan plan = conv_plan(shape, kConvTile, stand_in_gemm<8, 8, 8>(false));
  const auto breaches = check_plan(plan);
  ASSERT_TRUE(breaches.empty()) << breaches[0].message;
  const GemmShape gemm = conv_as_gemm(shape), whole = padded(gemm, kConvTile);
  std::vector<std::vector<std::byte>> buffers;
  for (const HostBuffer& buffer : plan.host_buffers) {
    buffers.emplace_back(static_cast<std::size_t>(buffer.bytes));
  }
  buffers[0] = random_bytes(buffers[0].size(), seed);
  const auto weights = random_bytes(static_cast<std::size_t>(gemm.k * gemm.n), seed + 1);
  copy_rows(weights, gemm.n, buffers[1], whole.n, gemm.k, gemm.n);
  run_plan(plan, buffers);
  for (std::int64_t t = 0; t < shape.positions; ++t) {
    for (std::int64_t out = 0; out < shape.channels_out; ++out) {
      std::int32_t sum = 0, got = 0;
      for (std::int64_t tap = 0; tap < shape.taps; ++tap) {
        for (std::int64_t in = 0; in < shape.channels_in; ++in) {
          sum += number_at(buffers[0], (t * shape.stride + tap) * shape.channels_in + in) *
                 number_at(weights, (tap * shape.channels_in + in) * gemm.n + out);
        }
      }
      std::memcpy(&got, buffers[2].data() + (t * whole.n + out) * 4, 4);
      ASSERT_EQ(got, sum) << "position " << t << " channel " << out;
    }
  }
}

TEST(ConvPlan, RandomSizesGiveTheConvolution) {
  std::mt19937_64 random(22);
  const auto up_to = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n) + 1; };
  for (std::uint64_t i = 0; i < 60; ++i) {
    // Rows of inputs are whole words, as everything that a DMA counts.
    ASSERT_NO_FATAL_FAILURE(
        expect_convolution({up_to(70), 4 * up_to(6), up_to(40), up_to(5), up_to(3)}, i));
  }
}

// The two of Whisper's stem, on fewer positions: 80 bands, and steps of two.
TEST(ConvPlan, TheStemsConvolutions) {
  expect_convolution({50, 80, 64, 3, 1}, 1);
  expect_convolution({25, 64, 64, 3, 2}, 2);
}

TEST(ConvPlan, InputsThatAreNoWholeWordsAreRefusedWithAReason) {
  const ArrayPlan plan = conv_plan({20, 6, 8, 3, 1}, kConvTile, stand_in_gemm<8, 8, 8>(false));
  const auto breaches = check_plan(plan);
  ASSERT_FALSE(breaches.empty());
  EXPECT_NE(breaches[0].message.find("4"), std::string::npos) << breaches[0].message;
}

TEST(ConvPlan, RefusesSizesThatMeanNothing) {
  EXPECT_THROW(conv_plan({20, 0, 8, 3, 1}, kConvTile, stand_in_gemm<8, 8, 8>(false)), Error);
  EXPECT_THROW(conv_plan({20, 8, 8, 3, 0}, kConvTile, stand_in_gemm<8, 8, 8>(false)), Error);
  EXPECT_THROW(gemm_plan({8, 8, 8}, kConvTile, stand_in_gemm<8, 8, 8>(false), -4), Error);
}

}  // namespace
}  // namespace tessera::compute::npu
