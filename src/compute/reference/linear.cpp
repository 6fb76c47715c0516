#include "src/compute/reference/linear.h"

#include <algorithm>

#ifdef __clang__
#define TESSERA_NO_INDEX_CHECKS __attribute__((no_sanitize("undefined")))
#else
#define TESSERA_NO_INDEX_CHECKS
#endif

namespace tessera::compute::reference {
namespace {

constexpr int kPanel = PackedMatrix::kPanel;

// Rows that share one pass over a panel: 2 x 8 sums are 8 of the 16 two-lane registers of
// x86-64-v2, which leaves room for the panel's 4 and the rows' 2.
constexpr int kRows = 2;

// sum[r][c] = sum over i of x[r][i] * panel[i][c]. A product of two float32 is exact in float64, so
// contraction into fused multiply-adds cannot change a bit. Memory is still checked under the
// address sanitizer; the checks of index arithmetic alone would take four fifths of a sanitized
// run.
template <int rows>
TESSERA_NO_INDEX_CHECKS void panel_product(const float* const* x, const float* panel, int k,
                                           double (&sum)[rows][kPanel]) {
  for (int i = 0; i < k; ++i) {
    double lane[kPanel];
    for (int c = 0; c < kPanel; ++c) lane[c] = panel[i * kPanel + c];
    for (int r = 0; r < rows; ++r) {
      const double value = x[r][i];
      for (int c = 0; c < kPanel; ++c) sum[r][c] += value * lane[c];
    }
  }
}

template <int rows>
void store_panel(const float* const* x, const PackedMatrix& weight, std::span<const float> bias,
                 int panel, float* y, std::size_t y_stride) {
  double sum[rows][kPanel] = {};
  panel_product<rows>(x, weight.panel(panel), weight.k(), sum);
  const int first = panel * kPanel;
  const int width = std::min(kPanel, weight.n() - first);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < width; ++c) {
      const double offset = bias.empty() ? 0.0 : bias[static_cast<std::size_t>(first + c)];
      y[static_cast<std::size_t>(r) * y_stride + static_cast<std::size_t>(first + c)] =
          static_cast<float>(sum[r][c] + offset);
    }
  }
}

}  // namespace

PackedMatrix::PackedMatrix(int n, int k) : n_(n), k_(k) {
  values_.resize(static_cast<std::size_t>(panels()) * static_cast<std::size_t>(k) * kPanel);
}

float& PackedMatrix::at(int row, int col) {
  const auto panel = static_cast<std::size_t>(row / kPanel);
  return values_[(panel * static_cast<std::size_t>(k_) + static_cast<std::size_t>(col)) * kPanel +
                 static_cast<std::size_t>(row % kPanel)];
}

PackedMatrix PackedMatrix::from_rows(const float* data, int n, int k, std::size_t stride) {
  PackedMatrix packed(n, k);
  for (int row = 0; row < n; ++row) {
    for (int col = 0; col < k; ++col) {
      packed.at(row, col) = data[static_cast<std::size_t>(row) * stride + col];
    }
  }
  return packed;
}

PackedMatrix PackedMatrix::from_columns(const float* data, int n, int k, std::size_t stride) {
  PackedMatrix packed(n, k);
  for (int col = 0; col < k; ++col) {
    for (int row = 0; row < n; ++row) {
      packed.at(row, col) = data[static_cast<std::size_t>(col) * stride + row];
    }
  }
  return packed;
}

PackedMatrix PackedMatrix::from_weight(const WeightView& weight) {
  const auto n = static_cast<int>(weight.shape[0]);
  const auto k = static_cast<int>(weight.shape[1] * weight.shape[2]);
  return from_rows(to_f32(weight).data(), n, k, static_cast<std::size_t>(k));
}

void linear_panels(const PackedMatrix& weight, std::span<const float> bias, const float* x,
                   std::size_t x_stride, int m, float* y, std::size_t y_stride, int first_panel,
                   int last_panel) {
  for (int panel = first_panel; panel < last_panel; ++panel) {
    int row = 0;
    for (; row + kRows <= m; row += kRows) {
      const float* rows[kRows];
      for (int r = 0; r < kRows; ++r) rows[r] = x + static_cast<std::size_t>(row + r) * x_stride;
      store_panel<kRows>(rows, weight, bias, panel, y + static_cast<std::size_t>(row) * y_stride,
                         y_stride);
    }
    for (; row < m; ++row) {
      const float* rows[1] = {x + static_cast<std::size_t>(row) * x_stride};
      store_panel<1>(rows, weight, bias, panel, y + static_cast<std::size_t>(row) * y_stride,
                     y_stride);
    }
  }
}

void linear(const PackedMatrix& weight, std::span<const float> bias, const float* x,
            std::size_t x_stride, int m, float* y, std::size_t y_stride, base::ThreadPool& pool) {
  // 64 rows of a width of 1536 are 384 KB, which stay in the L2 cache while all panels pass by.
  constexpr int kBlockRows = 64;
  constexpr int kBlockPanels = 16;
  const int row_blocks = (m + kBlockRows - 1) / kBlockRows;
  const int panel_blocks = (weight.panels() + kBlockPanels - 1) / kBlockPanels;
  pool.parallel_for(static_cast<std::size_t>(row_blocks) * panel_blocks, [&](std::size_t block) {
    const int row = static_cast<int>(block) / panel_blocks * kBlockRows;
    const int panel = static_cast<int>(block) % panel_blocks * kBlockPanels;
    linear_panels(weight, bias, x + static_cast<std::size_t>(row) * x_stride, x_stride,
                  std::min(kBlockRows, m - row), y + static_cast<std::size_t>(row) * y_stride,
                  y_stride, panel, std::min(panel + kBlockPanels, weight.panels()));
  });
}

}  // namespace tessera::compute::reference
