#include "src/compute/cpu/row_linear.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "src/compute/dtype.h"
#include "src/compute/kernels/pack.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kPanelColumns;

// Rows that a product takes at a time, so that its sums stay in a cache.
constexpr int kRowsAtOnce = 64;
// From here on the rows of a step are prepared by all threads: it is then more work than waking
// them.
constexpr int kRowsForAll = 16;
// Panels that a thread takes at a time at most: some 400 KB of bytes at a depth of 512.
constexpr int kPanelsAtOnce = 16;

std::size_t element_bytes(Number number) {
  return number == Number::i8 ? 1 : number == Number::bf16 ? 2 : 4;
}

// The scale of a row of weights, never 0.
float quantise_row(std::span<const float> row, std::int8_t* out) {
  float largest = 0;
  for (const float value : row) largest = std::max(largest, std::abs(value));
  const float scale = largest > 1e-30f ? largest / 127.0f : 1.0f;
  for (std::size_t i = 0; i < row.size(); ++i) {
    out[i] = static_cast<std::int8_t>(std::lrint(row[i] / scale));
  }
  return scale;
}

Dense rows_of(const Dense& layer, int first, int count) {
  const auto from = static_cast<std::ptrdiff_t>(first), k = static_cast<std::ptrdiff_t>(layer.k);
  Dense part;
  part.n = count;
  part.k = layer.k;
  part.weight.assign(layer.weight.begin() + from * k, layer.weight.begin() + (from + count) * k);
  part.bias.assign(layer.bias.begin() + from, layer.bias.begin() + from + count);
  return part;
}

}  // namespace

RowLinear::RowLinear(PackedWeights& store, Number number, int n, int k, int group)
    : number_(number),
      n_(n),
      k_(k),
      group_(number == Number::i8 ? std::min(group, k) : k),
      groups_((k + group_ - 1) / group_),
      panels_((n + kPanelColumns - 1) / kPanelColumns),
      store_(&store) {
  const auto padded = static_cast<std::size_t>(padded_columns(n));
  weights_ = store.reserve<std::byte>(bytes());
  bias_ = store.reserve<float>(padded);
  if (number == Number::i8) {
    scales_ = store.reserve<float>(static_cast<std::size_t>(groups_) * padded);
  }
}

void RowLinear::pack(int first, int count, const Source& source) const {
  for (int panel = first; panel < std::min(first + count, panels_); ++panel) {
    const int row = panel * kPanelColumns;
    pack_panel(source(row, std::min(kPanelColumns, n_ - row)), panel);
  }
}

void RowLinear::pack(const Dense& layer) const {
  pack(0, panels_, [&](int first, int count) { return rows_of(layer, first, count); });
}

int RowLinear::group_depth(int group) const { return std::min(group_, k_ - group * group_); }

std::size_t RowLinear::bytes() const {
  return static_cast<std::size_t>(k_) * static_cast<std::size_t>(padded_columns(n_)) *
         element_bytes(number_);
}

std::size_t RowLinear::panel_offset(int group, int panel) const {
  const auto column_bytes = static_cast<std::size_t>(kPanelColumns) * element_bytes(number_);
  const auto before =
      static_cast<std::size_t>(group) * static_cast<std::size_t>(group_) *
          static_cast<std::size_t>(panels_) +
      static_cast<std::size_t>(panel) * static_cast<std::size_t>(group_depth(group));
  return before * column_bytes;
}

void RowLinear::pack_panel(const Dense& part, int panel) const {
  const auto k = static_cast<std::size_t>(k_);
  const auto column = static_cast<std::size_t>(panel) * kPanelColumns;
  float* bias = store_->writable(bias_) + column;
  std::fill(std::copy(part.bias.begin(), part.bias.end(), bias), bias + kPanelColumns, 0.0f);
  const auto store = [&](int group, const auto& packed) {
    std::memcpy(
        store_->writable(weights_) + panel_offset(group, panel), packed.data(),
        static_cast<std::size_t>(group_depth(group)) * kPanelColumns * element_bytes(number_));
  };
  if (number_ == Number::f32) {
    store(0, kernels::pack_f32(part.weight.data(), k_, k_, part.n, true));
  } else if (number_ == Number::bf16) {
    std::vector<std::uint16_t> halves(part.weight.size());
    std::transform(part.weight.begin(), part.weight.end(), halves.begin(), f32_to_bf16);
    store(0, kernels::pack_bf16(halves.data(), k_, k_, part.n, true));
  } else {
    std::vector<std::int8_t> bytes(part.weight.size());
    for (int group = 0; group < groups_; ++group) {
      const auto depth = static_cast<std::size_t>(group_depth(group));
      const auto first = static_cast<std::size_t>(group) * static_cast<std::size_t>(group_);
      float* scales =
          store_->writable(scales_) +
          static_cast<std::size_t>(group) * static_cast<std::size_t>(panels_) * kPanelColumns +
          column;
      std::fill_n(scales, kPanelColumns, 1.0f);
      for (std::size_t row = 0; row < static_cast<std::size_t>(part.n); ++row) {
        const std::size_t at = row * k + first;
        scales[row] = quantise_row(std::span(part.weight).subspan(at, depth), bytes.data() + at);
      }
      store(group,
            kernels::pack_i8(bytes.data() + first, k_, static_cast<int>(depth), part.n, true));
    }
  }
}

void RowLinear::prepare(const KernelSet& kernels, const RowMatrix& x, int rows, const RowNorm& norm,
                        RowInput& input, base::ThreadPool& pool) const {
  auto* values = input.values.at_least<std::byte>(
      static_cast<std::size_t>(rows) * static_cast<std::size_t>(k_) * element_bytes(number_));
  input.scales.resize(static_cast<std::size_t>(groups_) * static_cast<std::size_t>(rows));
  const auto some = [&](int first, int count) {
    for (int group = 0; group < groups_; ++group) {
      const std::ptrdiff_t column = std::ptrdiff_t{group} * group_;
      kernels::RowPrepareParams p;
      p.in = x.row(first) + column;
      p.in_stride = x.stride();
      p.rows = count;
      p.columns = group_depth(group);
      p.norm = norm.kind;
      p.gamma = norm.gamma.empty() ? nullptr : norm.gamma.data();
      p.beta = norm.beta.empty() ? nullptr : norm.beta.data();
      p.format = number_ == Number::i8     ? kernels::LaneFormat::s8
                 : number_ == Number::bf16 ? kernels::LaneFormat::bf16
                                           : kernels::LaneFormat::f32;
      p.out = values + (std::ptrdiff_t{first} * k_ + column) *
                           static_cast<std::ptrdiff_t>(element_bytes(number_));
      p.out_stride = k_;
      p.scales = input.scales.data() + std::ptrdiff_t{group} * rows + first;
      kernels.row_prepare.run(p);
    }
  };
  if (rows < kRowsForAll) return some(0, rows);
  constexpr int kAtOnce = 4;
  pool.parallel_for(static_cast<std::size_t>((rows + kAtOnce - 1) / kAtOnce), [&](std::size_t i) {
    const int first = static_cast<int>(i) * kAtOnce;
    some(first, std::min(kAtOnce, rows - first));
  });
}

void RowLinear::multiply(const KernelSet& kernels, const RowInput& input, const Part& part,
                         int group, void* sums) const {
  const std::ptrdiff_t first = std::ptrdiff_t{part.row} * k_ + std::ptrdiff_t{group} * group_;
  const auto set = [&](auto& p, auto* a, auto* b, auto* c) {
    p.a = a + first;
    p.a_stride = k_;
    p.b = b;
    p.c = c;
    p.c_stride = p.n = part.panels * kPanelColumns;
    p.m = part.rows;
    p.k = group_depth(group);
  };
  const std::byte* weights = store_->at(weights_) + panel_offset(group, part.panel);
  if (number_ == Number::i8) {
    kernels::MatmulI8Params p;
    set(p, input.values.data<std::int8_t>(), reinterpret_cast<const std::uint8_t*>(weights),
        static_cast<std::int32_t*>(sums));
    kernels.matmul_i8.run(p);
  } else if (number_ == Number::bf16) {
    kernels::MatmulBf16Params p;
    set(p, input.values.data<std::uint16_t>(), reinterpret_cast<const std::uint16_t*>(weights),
        static_cast<float*>(sums));
    kernels.matmul_bf16.run(p);
  } else {
    kernels::MatmulF32Params p;
    set(p, input.values.data<float>(), reinterpret_cast<const float*>(weights),
        static_cast<float*>(sums));
    kernels.matmul_f32.run(p);
  }
}

void RowLinear::compute(const KernelSet& kernels, const RowInput& input, int all_rows,
                        const Part& part, const RowTarget& target, std::byte* sums) const {
  const std::ptrdiff_t column = std::ptrdiff_t{part.panel} * kPanelColumns;
  for (int group = 0; group < groups_; ++group) {
    multiply(kernels, input, part, group, sums);
    kernels::RowFinishParams p;
    if (number_ == Number::i8) {
      p.sums = reinterpret_cast<const std::int32_t*>(sums);
      p.row_scales = input.scales.data() + std::ptrdiff_t{group} * all_rows + part.row;
      p.column_scales =
          store_->at(scales_) + std::ptrdiff_t{group} * panels_ * kPanelColumns + column;
    } else {
      p.floats = reinterpret_cast<const float*>(sums);
    }
    p.in_stride = std::ptrdiff_t{part.panels} * kPanelColumns;
    if (group == 0) p.bias = store_->at(bias_) + column;
    p.gelu = target.gelu;
    p.out = target.out.row(part.row) + column;
    p.out_stride = target.out.stride();
    if (group > 0 || target.adds) p.addend = p.out;
    p.rows = part.rows;
    p.columns = part.panels * kPanelColumns;
    kernels.row_finish.run(p);
  }
}

void RowLinear::apply(const KernelSet& kernels, RowInput& input, int rows, const RowTarget& target,
                      base::ThreadPool& pool) const {
  // Four parts for each thread, so that a thread that is held up costs little.
  const int at_once = std::clamp(panels_ / (4 * pool.threads()), 1, kPanelsAtOnce);
  const std::size_t sum_bytes =
      std::size_t{kRowsAtOnce} * static_cast<std::size_t>(at_once) * kPanelColumns * sizeof(float);
  input.sums.resize(static_cast<std::size_t>(pool.threads()));
  for (RowMemory& sums : input.sums) sums.at_least<std::byte>(sum_bytes);
  pool.parallel_for_workers(static_cast<std::size_t>((panels_ + at_once - 1) / at_once),
                            [&](std::size_t i, std::size_t worker) {
                              const int panel = static_cast<int>(i) * at_once;
                              for (int row = 0; row < rows; row += kRowsAtOnce) {
                                const Part part{panel, std::min(at_once, panels_ - panel), row,
                                                std::min(kRowsAtOnce, rows - row)};
                                compute(kernels, input, rows, part, target,
                                        input.sums[worker].data<std::byte>());
                              }
                            });
}

}  // namespace tessera::compute::cpu
