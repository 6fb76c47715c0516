// Every variant of softmax in the list against float64.
#include <algorithm>
#include <cfloat>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

SoftmaxParams softmax_params_of(GuardedRows<float>& in, GuardedRows<float>& out) {
  SoftmaxParams params;
  params.in = in.data();
  params.in_stride = in.stride();
  params.out = out.data();
  params.out_stride = out.stride();
  params.rows = in.rows();
  params.columns = in.columns();
  return params;
}

// Bounds relative to the result, in roundings (see kRounding), for a number d below the maximum:
//   d            itself is rounded, which changes exp(d) by |d|
//   exp          2, and in the tiled variant 2 more for the tile's factor
//   sum          the errors of its terms, |d| in their weighted mean; the additions of the longest
//                chain, of 32 lanes; in the tiled variant 4 whenever the maximum moves up
//   the rest     reciprocal and two products: 4
// Weights below 1.2e-38, where normal numbers end, may be zero.
void expect_softmax(const NamedRow& row, const float* out, const char* variant) {
  if (row.values.empty()) return;
  const double largest = *std::max_element(row.values.begin(), row.values.end());
  double sum = 0, distance = 0, total = 0;
  for (const float x : row.values) {
    sum += std::exp(x - largest);
    if (std::exp(x - largest) > 0) distance += std::exp(x - largest) * (largest - x);
  }
  const double chain = static_cast<double>(row.values.size()) / 32 + 5;
  const double moves = static_cast<double>(row.values.size()) / 256 + 1;
  const double common = distance / sum + chain + 4 * moves + 2 + 4 + 4;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const double expected = std::exp(row.values[i] - largest) / sum;
    const double roundings = std::min(largest - row.values[i], 200.0) + common;
    ASSERT_NEAR(out[i], expected, expected * roundings * kRounding + 1.2e-38)
        << variant << ": " << row.name << ", column " << i;
    total += out[i];
  }
  EXPECT_NEAR(total, 1, common * kRounding * 2) << variant << ": " << row.name;
}

TEST(SoftmaxKernels, EveryVariantIsWithinItsBound) {
  std::vector<int> lengths = row_lengths();
  lengths.push_back(20000);  // where the tiled variant widens its tiles
  for (const Kernel* kernel : runnable(SoftmaxParams::kOp)) {
    for (const int columns : lengths) {
      std::vector<NamedRow> rows = hard_rows(columns);
      rows.push_back({"the largest numbers", std::vector<float>(rows[0].values.size(), -FLT_MAX)});
      if (columns > 0) rows.back().values[static_cast<std::size_t>(columns) / 2] = FLT_MAX;
      GuardedRows<float> in = stack(rows, 3);
      GuardedRows<float> out(rows.size(), columns, 5);
      run_named(*kernel, softmax_params_of(in, out));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        expect_softmax(rows[i], out.row(i), kernel->name);
      }
      EXPECT_TRUE(out.is_guarded()) << kernel->name << " wrote outside " << columns << " columns";
      run_named(*kernel, softmax_params_of(in, in));
      EXPECT_TRUE(same_bits(in, out)) << kernel->name << ": in place, " << columns << " columns";
      EXPECT_TRUE(in.is_guarded()) << kernel->name << " wrote outside " << columns << " columns";
    }
  }
}

// The maximum is zero, so that nothing is rounded before exp: the quotient of two results is exp
// within 2 roundings, and those of the two products.
TEST(SoftmaxKernels, ExpIsWithinTwoRoundings) {
  constexpr int kColumns = 1500;
  constexpr int kRows = 50;
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-80, 0);
  GuardedRows<float> in(kRows, kColumns, 1), out(kRows, kColumns, 2);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (int i = 1; i < kColumns; ++i) in.row(row)[i] = uniform(random) / (row % 2 == 0 ? 1 : 20);
    in.row(row)[0] = 0;
  }
  for (const Kernel* kernel : runnable(SoftmaxParams::kOp)) {
    run_named(*kernel, softmax_params_of(in, out));
    double worst = 0;
    for (std::size_t row = 0; row < kRows; ++row) {
      const float* y = out.row(row);
      for (int i = 0; i < kColumns; ++i) {
        const double expected = std::exp(static_cast<double>(in.row(row)[i]));
        worst = std::max(worst, std::abs(static_cast<double>(y[i]) / y[0] / expected - 1));
      }
    }
    RecordProperty(kernel->name, std::to_string(worst / kRounding));
    EXPECT_LT(worst, 4 * kRounding) << kernel->name;
  }
}

TEST(SoftmaxKernels, MaskedNumbersHaveNoWeight) {
  constexpr int kColumns = 700;
  const float least = -std::numeric_limits<float>::infinity();
  for (const Kernel* kernel : runnable(SoftmaxParams::kOp)) {
    for (const int only : {0, 300, kColumns - 1}) {
      GuardedRows<float> in(1, kColumns, 0), out(1, kColumns, 0);
      std::fill_n(in.data(), kColumns, least);
      in.data()[only] = 7;
      run_named(*kernel, softmax_params_of(in, out));
      for (int i = 0; i < kColumns; ++i) {
        ASSERT_EQ(out.data()[i], i == only ? 1.0f : 0.0f) << kernel->name << ", column " << i;
      }
    }
  }
}

TEST(SoftmaxKernels, NotANumberIsNotHidden) {
  constexpr int kColumns = 700;
  for (const Kernel* kernel : runnable(SoftmaxParams::kOp)) {
    for (const int where : {0, 5, 300, kColumns - 1}) {
      GuardedRows<float> in(1, kColumns, 0), out(1, kColumns, 0);
      std::fill_n(in.data(), kColumns, 1.0f);
      in.data()[where] = std::numeric_limits<float>::quiet_NaN();
      run_named(*kernel, softmax_params_of(in, out));
      for (int i = 0; i < kColumns; ++i) {
        ASSERT_TRUE(std::isnan(out.data()[i])) << kernel->name << ", column " << i;
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
