// Every variant of row_prepare and row_finish against float64.
#include <cmath>

#include "src/compute/kernels/lane_test.h"
#include "src/compute/kernels/row_abi.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kWidths[] = {16, 64, 112, 384, 512, 1280};

std::vector<double> prepared(const float* x, int columns, LaneNorm norm, const float* gamma,
                             const float* beta) {
  std::vector<double> out(x, x + columns);
  double mean = 0, square = 0;
  if (norm == LaneNorm::layer) {
    for (const double value : out) mean += value / columns;
  }
  for (double& value : out) {
    value -= mean;
    square += value * value / columns;
  }
  for (int i = 0; i < columns; ++i) {
    double& value = out[static_cast<std::size_t>(i)];
    if (norm != LaneNorm::none) value /= std::sqrt(square + 1e-5);
    if (gamma != nullptr) {
      value = value * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]);
    }
  }
  return out;
}

/// Calls run(params, expected rows) for all norms, widths and kinds of gains.
template <class Run>
void for_rows(Run run) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const int columns : kWidths) {
    const auto n = static_cast<std::size_t>(columns);
    std::vector<float> gamma(n), beta(n);
    for (std::size_t i = 0; i < n; ++i) {
      gamma[i] = 1 + normal(random);
      beta[i] = normal(random);
    }
    GuardedRows<float> in(5, columns, 16);
    for (std::size_t i = 0; i < n; ++i) {
      in.row(0)[i] = normal(random);
      in.row(1)[i] = 0;
      in.row(2)[i] = 1000 + normal(random);
      in.row(3)[i] = 1e-3f * normal(random);
      in.row(4)[i] = i == 7 ? 300.0f : normal(random);
    }
    for (const LaneNorm norm : {LaneNorm::none, LaneNorm::rms, LaneNorm::layer}) {
      for (const bool gains : {false, true}) {
        RowPrepareParams p;
        p.in = in.data();
        p.in_stride = in.stride();
        p.rows = in.rows();
        p.columns = columns;
        p.norm = norm;
        p.gamma = gains ? gamma.data() : nullptr;
        p.beta = gains ? beta.data() : nullptr;
        std::vector<std::vector<double>> expected;
        for (int row = 0; row < in.rows(); ++row) {
          expected.push_back(
              prepared(in.row(static_cast<std::size_t>(row)), columns, norm, p.gamma, p.beta));
        }
        run(p, expected);
      }
    }
  }
}

double largest_of(const std::vector<double>& row) {
  double largest = 0;
  for (const double value : row) largest = std::max(largest, std::abs(value));
  return largest;
}

// Numbers of 1000 +- 1 lose 10 bits when their mean is taken off: 2^-14 of what is left, for values
// of up to 4. Other roundings are far smaller.
constexpr double kOffsetError = 0x1p-14 * 4;

TEST(RowPrepare, GivesFloats) {
  for_rows([](RowPrepareParams p, const std::vector<std::vector<double>>& expected) {
    for (const Kernel* kernel : runnable(RowPrepareParams::kOp)) {
      GuardedRows<float> out(expected.size(), p.columns, 16);
      p.out = out.data();
      p.out_stride = out.stride();
      run_named(*kernel, p);
      EXPECT_TRUE(out.is_guarded()) << kernel->name;
      for (std::size_t row = 0; row < expected.size(); ++row) {
        const double allowed = row == 2 && p.norm == LaneNorm::layer ? kOffsetError : 0;
        for (std::size_t i = 0; i < expected[row].size(); ++i) {
          ASSERT_NEAR(static_cast<double>(out.row(row)[i]), expected[row][i],
                      allowed * 4 + 16 * kRounding * (1 + largest_of(expected[row])))
              << kernel->name << ", row " << row << " of " << p.columns;
        }
      }
    }
  });
}

TEST(RowPrepare, GivesBfloat16) {
  for_rows([](RowPrepareParams p, const std::vector<std::vector<double>>& expected) {
    for (const Kernel* kernel : runnable(RowPrepareParams::kOp)) {
      GuardedRows<std::uint16_t> out(expected.size(), p.columns, 16);
      p.format = LaneFormat::bf16;
      p.out = out.data();
      p.out_stride = out.stride();
      run_named(*kernel, p);
      EXPECT_TRUE(out.is_guarded()) << kernel->name;
      for (std::size_t row = 0; row < expected.size(); ++row) {
        for (std::size_t i = 0; i < expected[row].size(); ++i) {
          // Half of the last of 8 bits, at most 2^-8, and what floats were off by.
          ASSERT_NEAR(static_cast<double>(bf16_to_f32(out.row(row)[i])), expected[row][i],
                      0x1p-8 * std::abs(expected[row][i]) + 4 * kOffsetError)
              << kernel->name;
        }
      }
    }
  });
}

TEST(RowPrepare, GivesBytesWithTheRowsScale) {
  for_rows([](RowPrepareParams p, const std::vector<std::vector<double>>& expected) {
    for (const Kernel* kernel : runnable(RowPrepareParams::kOp)) {
      GuardedRows<std::int8_t> out(expected.size(), p.columns, 16);
      std::vector<float> scales(expected.size());
      p.format = LaneFormat::s8;
      p.out = out.data();
      p.out_stride = out.stride();
      p.scales = scales.data();
      run_named(*kernel, p);
      EXPECT_TRUE(out.is_guarded()) << kernel->name;
      for (std::size_t row = 0; row < expected.size(); ++row) {
        const auto scale = static_cast<double>(scales[row]);
        ASSERT_GT(scale, 0);
        EXPECT_NEAR(scale, largest_of(expected[row]) / 127, 1e-4 * scale + 4 * kOffsetError / 127)
            << kernel->name;
        for (std::size_t i = 0; i < expected[row].size(); ++i) {
          ASSERT_NEAR(out.row(row)[i] * scale, expected[row][i], 0.501 * scale + 4 * kOffsetError)
              << kernel->name;
        }
      }
    }
  });
}

double exact_gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

TEST(RowFinish, ScalesAddsAndBends) {
  constexpr int kRows = 3;
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  for (const int columns : {48, 96, 528}) {
    const auto n = static_cast<std::size_t>(columns);
    GuardedRows<float> floats(kRows, columns, 5), addend(kRows, columns, 7);
    GuardedRows<std::int32_t> sums(kRows, columns, 5);
    std::vector<float> bias(n), column_scales(n);
    const float row_scales[kRows] = {0.1f, 1e-3f, 0.02f};
    for (std::size_t i = 0; i < n; ++i) {
      bias[i] = normal(random);
      column_scales[i] = 0.01f * (1 + std::abs(normal(random)));
      for (std::size_t row = 0; row < kRows; ++row) {
        floats.row(row)[i] = 3 * normal(random);
        sums.row(row)[i] = static_cast<std::int32_t>(1000 * normal(random));
        addend.row(row)[i] = normal(random);
      }
    }
    for (const bool bytes : {false, true}) {
      for (const bool bends : {false, true}) {
        for (const bool adds : {false, true}) {
          for (const Kernel* kernel : runnable(RowFinishParams::kOp)) {
            GuardedRows<float> out = addend;
            RowFinishParams p;
            p.sums = bytes ? sums.data() : nullptr;
            p.floats = bytes ? nullptr : floats.data();
            p.in_stride = floats.stride();
            p.row_scales = row_scales;
            p.column_scales = column_scales.data();
            p.bias = adds ? bias.data() : nullptr;
            p.gelu = bends;
            p.addend = adds ? out.data() : nullptr;
            p.out = out.data();
            p.out_stride = out.stride();
            p.rows = kRows;
            p.columns = columns;
            run_named(*kernel, p);
            EXPECT_TRUE(out.is_guarded()) << kernel->name;
            for (std::size_t row = 0; row < kRows; ++row) {
              for (std::size_t i = 0; i < n; ++i) {
                double expected = bytes ? static_cast<double>(sums.row(row)[i]) *
                                              static_cast<double>(row_scales[row]) *
                                              static_cast<double>(column_scales[i])
                                        : static_cast<double>(floats.row(row)[i]);
                if (adds) expected += static_cast<double>(bias[i]);
                // GELU is within 1.5e-7, see math_avx512_inl.h.
                if (bends) expected = exact_gelu(expected);
                const double size = std::abs(expected) + 4;
                if (adds) expected += static_cast<double>(addend.row(row)[i]);
                ASSERT_NEAR(static_cast<double>(out.row(row)[i]), expected,
                            4 * kRounding * size + 1.5e-7)
                    << kernel->name;
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
