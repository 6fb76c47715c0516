// Every variant of quantise in the list against the oracle, and the oracle against the definition.
#include <algorithm>
#include <cfloat>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

struct Quantised {
  GuardedRows<std::int8_t> values;
  GuardedRows<float> scales;
};

Quantised quantise(const Kernel& kernel, GuardedRows<float>& in) {
  const auto rows = static_cast<std::size_t>(in.rows());
  Quantised made{{rows, in.columns(), 5}, {1, in.rows(), 0}};
  QuantiseParams params;
  params.in = in.data();
  params.in_stride = in.stride();
  params.out = made.values.data();
  params.out_stride = made.values.stride();
  params.scales = made.scales.data();
  params.rows = in.rows();
  params.columns = in.columns();
  run_named(kernel, params);
  EXPECT_TRUE(made.values.is_guarded()) << kernel.name << ", " << in.columns() << " columns";
  EXPECT_TRUE(made.scales.is_guarded()) << kernel.name << ", " << in.columns() << " columns";
  return made;
}

std::vector<NamedRow> rows_of(int columns) {
  std::vector<NamedRow> rows = hard_rows(columns);
  const auto count = static_cast<std::size_t>(columns);
  rows.push_back({"the largest number", std::vector<float>(count, -FLT_MAX)});
  rows.push_back({"halves", std::vector<float>(count, 127.0f)});  // scale 1: every one is a tie
  for (std::size_t i = 1; i < count; ++i) {
    rows.back().values[i] = static_cast<float>(i % 254) - 126.5f;
  }
  return rows;
}

TEST(QuantiseKernels, EveryVariantAgreesBitForBit) {
  int compared = 0;
  const Kernel& oracle = force(QuantiseParams::kOp, "scalar");
  for (const int columns : row_lengths()) {
    GuardedRows<float> in = stack(rows_of(columns), 3);
    Quantised expected = quantise(oracle, in);
    for (const Kernel* kernel : runnable(QuantiseParams::kOp)) {
      if (kernel == &oracle) continue;
      ASSERT_STREQ(kernel->exact_with, "scalar") << kernel->name;
      Quantised found = quantise(*kernel, in);
      EXPECT_TRUE(same_bits(found.values, expected.values)) << kernel->name << ", " << columns;
      EXPECT_TRUE(same_bits(found.scales, expected.scales)) << kernel->name << ", " << columns;
      ++compared;
    }
  }
  if (runnable(QuantiseParams::kOp).size() > 1) {
    EXPECT_GT(compared, 0) << "nothing was compared";
  }
}

// Half a step off, and of up to 127 steps the roundings of scale, reciprocal and product.
TEST(QuantiseKernels, TheOracleIsHalfAStepOff) {
  for (const int columns : row_lengths()) {
    const std::vector<NamedRow> rows = rows_of(columns);
    GuardedRows<float> in = stack(rows, 3);
    Quantised made = quantise(force(QuantiseParams::kOp, "scalar"), in);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      double largest = 0;
      for (const float x : rows[row].values) largest = std::max(largest, std::abs(double{x}));
      const double scale = made.scales.data()[row];
      const double expected = largest < 0x1p-119 ? 1 : largest / 127;
      EXPECT_NEAR(scale, expected, expected * kRounding) << rows[row].name;
      for (std::size_t i = 0; i < rows[row].values.size(); ++i) {
        ASSERT_NEAR(made.values.row(row)[i], rows[row].values[i] / scale, 0.5 + 127 * 3 * kRounding)
            << rows[row].name << ", column " << i;
      }
    }
  }
}

TEST(QuantiseKernels, TiesGoToTheEvenNumber) {
  const float values[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 125.5f, -126.5f};
  const std::int8_t expected[] = {127, 0, 2, 2, 0, -2, -2, 126, -126};
  constexpr int kColumns = std::size(values);
  for (const Kernel* kernel : runnable(QuantiseParams::kOp)) {
    // Four times, so that wide registers see them and not only the loops for what is left over.
    GuardedRows<float> in(1, 4 * kColumns, 0);
    for (int i = 0; i < 4 * kColumns; ++i) in.data()[i] = values[i % kColumns];
    Quantised made = quantise(*kernel, in);
    EXPECT_EQ(made.scales.data()[0], 1) << kernel->name;
    for (int i = 0; i < 4 * kColumns; ++i) {
      EXPECT_EQ(made.values.data()[i], expected[i % kColumns]) << kernel->name << ", column " << i;
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
