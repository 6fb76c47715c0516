#include "src/compute/npu/engine/encoder_i8_panels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

// bfloat16 comes first.
#include "src/compute/npu/emulator/aie_api/types.hpp"
// and then who takes it
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"

namespace tessera::compute::npu {
namespace {

using kernels::aie2::ParameterPanelI8;

constexpr std::int64_t kBlockColumns = 64;
constexpr double kLargest = 127;
/// A factor of a column has at least so many bits less than that of the block's largest column.
constexpr double kFactorRange = 256;
constexpr int kFactorBits = 15;

/// Factors with a common shift: factor * 2^-shift.
struct Factors {
  std::array<std::int16_t, kBlockColumns> factor = {};
  int shift = 0;
};

Factors factors_of(const std::array<double, kBlockColumns>& ratios, int most_shift) {
  Factors out;
  const double most = *std::max_element(ratios.begin(), ratios.end());
  if (most <= 0) return out;
  out.shift = std::clamp(kFactorBits - 1 - std::ilogb(most), 0, most_shift);
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    const long factor = std::lrint(std::ldexp(ratios[i], out.shift));
    out.factor[i] = static_cast<std::int16_t>(std::clamp(factor, 0L, 32767L));
  }
  return out;
}

/// 64 columns of a product.
class Block {
 public:
  Block(const ScaledProduct& scaled, std::int64_t first) : scaled_(scaled), first_(first) {
    columns_ = std::min(kBlockColumns, scaled.product.n - first);
    if (!scaled.hidden.empty()) find_coarse();
    find_steps();
  }

  /// Weight k of a column in steps of the column: an integer of 8 bits.
  int weight(std::int64_t column, std::int64_t k) const {
    if (!(steps_[index(column)] > 0)) return 0;
    const double steps = real_weight(column, k) / steps_[index(column)];
    return static_cast<int>(std::clamp(std::round(steps), -kLargest, kLargest));
  }

  ParameterPanelI8 parameters() const {
    ParameterPanelI8 panel = {};
    std::array<double, kBlockColumns> ratios = {};
    for (std::int64_t c = 0; c < columns_; ++c) {
      panel.bias[c] = bias(c);
      ratios[index(c)] = ratio(c);
    }
    const Factors factors = factors_of(ratios, 60);
    panel.scales.shift = factors.shift;
    for (std::size_t c = 0; c < kBlockColumns; ++c) {
      for (auto& row : panel.scales.multiplier[c / 8]) row[c % 8] = factors.factor[c];
    }
    if (!scaled_.hidden.empty()) add_gelu(panel);
    return panel;
  }

  std::int64_t columns() const { return columns_; }

 private:
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

  double real_weight(std::int64_t column, std::int64_t k) const {
    const FoldedProduct& product = scaled_.product;
    return static_cast<double>(product.weight[index((first_ + column) * product.k + k)]) *
           static_cast<double>(scaled_.in[index(k)].step);
  }
  double out_step(std::int64_t column) const {
    return std::ldexp(static_cast<double>(scaled_.out[index(first_ + column)].step), coarse_);
  }
  /// Integers of the result to an integer of the sum.
  double ratio(std::int64_t column) const { return steps_[index(column)] / out_step(column); }

  /// What goes into GELU has so few bits after the point that the largest has room in 16 bits.
  void find_coarse() {
    constexpr int kMostCoarse = 9;
    double most = 0;
    for (std::int64_t c = 0; c < columns_; ++c) {
      const FixedScale& hidden = scaled_.hidden[index(first_ + c)];
      most = std::max(most, (kLargest - hidden.zero) * static_cast<double>(hidden.step));
    }
    while (coarse_ < kMostCoarse && most / out_step(0) > 32767) ++coarse_;
  }

  /// What an integer of a column's sums is: its largest weight is 127, unless its factor would have
  /// too few bits.
  void find_steps() {
    double most = 0;
    for (std::int64_t c = 0; c < columns_; ++c) {
      double largest = 0;
      for (std::int64_t k = 0; k < scaled_.product.k; ++k) {
        largest = std::max(largest, std::abs(real_weight(c, k)));
      }
      steps_[index(c)] = largest / kLargest;
      most = std::max(most, ratio(c));
    }
    if (!(most > 0)) most = 1;  // there is nothing but biases
    for (std::int64_t c = 0; c < columns_; ++c) {
      steps_[index(c)] = std::max(steps_[index(c)], most / kFactorRange * out_step(c));
    }
  }

  /// In steps of sums: what the product has at the middle of what it reads, less its result's.
  std::int32_t bias(std::int64_t column) const {
    double real = static_cast<double>(scaled_.product.bias[index(first_ + column)]) -
                  static_cast<double>(scaled_.out[index(first_ + column)].middle);
    std::int64_t zeros = 0;
    for (std::int64_t k = 0; k < scaled_.product.k; ++k) {
      const FixedScale& in = scaled_.in[index(k)];
      const FoldedProduct& product = scaled_.product;
      real += static_cast<double>(product.weight[index((first_ + column) * product.k + k)]) *
              static_cast<double>(in.middle);
      zeros += std::int64_t{weight(column, k)} * in.zero;
    }
    constexpr double kMost = 1 << 30;
    const double steps = std::clamp(real / steps_[index(column)], -kMost, kMost);
    return static_cast<std::int32_t>(std::llrint(steps) - zeros);
  }

  void add_gelu(ParameterPanelI8& panel) const {
    std::array<double, kBlockColumns> ratios = {};
    for (std::int64_t c = 0; c < columns_; ++c) {
      ratios[index(c)] = out_step(c) / static_cast<double>(scaled_.hidden[index(first_ + c)].step);
    }
    const Factors factors = factors_of(ratios, 24);  // so that a zero has room in 32 bits
    panel.scales.gelu_shift = factors.shift;
    panel.scales.coarse = coarse_;
    for (std::size_t c = 0; c < kBlockColumns; ++c) {
      for (auto& row : panel.scales.gelu_multiplier[c / 8]) row[c % 8] = factors.factor[c];
      if (static_cast<std::int64_t>(c) >= columns_) continue;
      const int zero = scaled_.hidden[index(first_) + c].zero;
      for (auto& row : panel.scales.zero[c / 8]) row[c % 8] = static_cast<std::int16_t>(zero);
    }
  }

  const ScaledProduct& scaled_;
  std::int64_t first_, columns_ = 0;
  int coarse_ = 0;  ///< bits that the result has less after the point
  std::array<double, kBlockColumns> steps_ = {};
};

void add_head(const EncoderShape& shape, std::int64_t head, const kernels::OctaveScale& scale,
              ParameterPanelI8& panel) {
  panel.head = {scale.score_shift, scale.multiplier, scale.step_shift, 0};
  panel.head_group_and_1 = static_cast<std::int32_t>(1 + head / kColumns);
  panel.query_blocks =
      static_cast<std::int32_t>(encoder_layout(shape).rows / (kCoreRows * kPanelRows));
  std::copy(std::begin(kernels::kWeightTable.values), std::end(kernels::kWeightTable.values),
            panel.weights);
}

/// A core reads a panel of B as blocks of 8 rows and 8 bytes.
void put_as_read(const ParameterPanelI8& parameters, std::byte* panel) {
  std::array<std::byte, kPanelBytes> read = {};
  std::memcpy(read.data(), &parameters, sizeof parameters);
  for (std::size_t at = 0; at < read.size(); ++at) {
    const std::size_t block = at / 64, row = block / 8 * 8 + at % 64 / 8;
    panel[row * 64 + block % 8 * 8 + at % 8] = read[at];
  }
}

/// Heads that only fill up a group of four attend to zeros.
void write_missing_heads(const EncoderShape& shape, std::int64_t layer,
                         std::span<std::byte> weights) {
  for (std::int64_t head = shape.heads; head < encoder_layout(shape).width / kBlockColumns;
       ++head) {
    ParameterPanelI8 parameters = {};
    add_head(shape, head, {}, parameters);
    put_as_read(parameters,
                weights.data() + weight_panel(shape, layer, EncoderProduct::qkv, head, 0));
  }
}

}  // namespace

void write_panels(const EncoderShape& shape, std::int64_t layer, EncoderProduct product,
                  std::int64_t block, const ScaledProduct& scaled, std::span<std::byte> weights) {
  const std::int64_t k_places =
      (scaled.product.k + 2 * kPanelRows - 1) / (2 * kPanelRows) * 2 * kPanelRows;
  for (std::int64_t first = 0; first < scaled.product.n; first += kBlockColumns) {
    const Block columns(scaled, first);
    const std::int64_t place =
        weight_panel(shape, layer, product, block + first / kBlockColumns, 0);
    ParameterPanelI8 parameters = columns.parameters();
    if (!scaled.heads.empty()) {
      const std::int64_t head = first / kBlockColumns;
      add_head(shape, head, scaled.heads[static_cast<std::size_t>(head)], parameters);
    }
    put_as_read(parameters, weights.data() + place);
    for (std::int64_t at = 0; at < k_places; ++at) {
      const std::int64_t k =
          scaled.reads_norm ? kernels::aie2::norm_column(static_cast<int>(at)) : at;
      if (k >= scaled.product.k) continue;
      std::byte* const row =
          weights.data() + place + (1 + at / kPanelRows) * kPanelBytes + at % kPanelRows * 64;
      for (std::int64_t c = 0; c < columns.columns(); ++c) {
        row[c] = static_cast<std::byte>(columns.weight(c, k));
      }
    }
  }
  if (!scaled.heads.empty()) write_missing_heads(shape, layer, weights);
}

}  // namespace tessera::compute::npu
