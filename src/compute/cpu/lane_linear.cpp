#include "src/compute/cpu/lane_linear.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace tessera::compute::cpu {

using kernels::kBlockTokens;

namespace {

std::size_t bytes_of(Number number) {
  return number == Number::i8 ? 1 : number == Number::bf16 ? 2 : 4;
}

kernels::LaneFormat format_of(Number number) {
  return number == Number::i8     ? kernels::LaneFormat::u8
         : number == Number::bf16 ? kernels::LaneFormat::bf16
                                  : kernels::LaneFormat::f32;
}

const kernels::Kernel& kernel_of(const KernelSet& kernels, Number number) {
  return number == Number::i8     ? kernels.lane_linear_i8
         : number == Number::bf16 ? kernels.lane_linear_bf16
                                  : kernels.lane_linear_f32;
}

/// Columns [first, first + k) of `dense`, filled up with zeros.
template <class T, class Convert>
void pack_numbers(const Dense& dense, int first, int k, const kernels::LaneWeightLayout& layout,
                  T* out, Convert convert) {
  for (int row = 0; row < dense.n; ++row) {
    const float* weights = dense.weight.data() + first +
                           static_cast<std::size_t>(row) * static_cast<std::size_t>(dense.k);
    for (int column = 0; column < k; ++column) {
      out[layout.index(row, column, k)] = convert(row, weights[column]);
    }
    for (int column = k; column < layout.padded(k); ++column) out[layout.index(row, column, k)] = 0;
  }
}

float largest_of(std::span<const float> weights) {
  float largest = 0;
  for (const float weight : weights) largest = std::max(largest, std::abs(weight));
  return largest;
}

/// The largest magnitude of a weight or of the sum of a pair. With 127 levels for that, a pair
/// whose halves are both rounded up has kLargestPair.
float largest_pair(std::span<const float> weights) {
  static_assert(kernels::kLargestPair == 127 + 1);
  float largest = largest_of(weights);
  for (std::size_t i = 0; i < weights.size(); i += 2) {
    largest = std::max(largest, std::abs(weights[i] + weights[i + 1]));
  }
  return largest;
}

}  // namespace

std::size_t operand_bytes(Number number, int channels) {
  return bytes_of(number) * static_cast<std::size_t>(channels) * kBlockTokens;
}

OperandBuffer::OperandBuffer(Number largest, int channels)
    : data_(base::allocate_aligned(operand_bytes(largest, channels))) {}

LaneOperand OperandBuffer::prepare(const KernelSet& kernels, const float* x, int channels,
                                   kernels::LaneNorm norm, Number number) {
  if (number == Number::f32 && norm == kernels::LaneNorm::none) {
    return {reinterpret_cast<const std::byte*>(x), nullptr};
  }
  kernels::LanePrepareParams p;
  p.x = x;
  p.channels = channels;
  p.norm = norm;
  p.format = format_of(number);
  p.out = data_.get();
  p.scales = scales_;
  kernels.lane_prepare.run(p);
  return {data_.get(), scales_};
}

LaneLinear::LaneLinear(PackedWeights& store, const KernelSet& kernels, int n, int k, Number number)
    : n_(n),
      k_(k),
      number_(number),
      bounds_pairs_(kernels.bounds_pairs),
      layout_(kernels::lane_weight_layout(kernel_of(kernels, number))) {
  const auto rows = static_cast<std::size_t>(n);
  weight_ = store.reserve<std::byte>(rows * static_cast<std::size_t>(layout_.padded(k)) *
                                     bytes_of(number));
  bias_ = store.reserve<float>(rows);
  if (number != Number::i8) return;
  scales_ = store.reserve<float>(rows);
  offsets_ = store.reserve<std::int32_t>(rows);
}

void LaneLinear::pack(const PackedWeights& store, const Dense& dense, int first,
                      bool with_bias) const {
  float* bias = store.writable(bias_);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n_); ++i) {
    bias[i] = with_bias ? dense.bias[i] : 0.0f;
  }
  std::byte* out = store.writable(weight_);
  switch (number_) {
    case Number::i8:
      pack_bytes(store, dense, first);
      break;
    case Number::bf16:
      pack_numbers(dense, first, k_, layout_, reinterpret_cast<std::uint16_t*>(out),
                   [](int, float value) { return f32_to_bf16(value); });
      break;
    case Number::f32:
      pack_numbers(dense, first, k_, layout_, reinterpret_cast<float*>(out),
                   [](int, float value) { return value; });
      break;
  }
}

void LaneLinear::pack_bytes(const PackedWeights& store, const Dense& dense, int first) const {
  auto* out = reinterpret_cast<std::int8_t*>(store.writable(weight_));
  float* scales = store.writable(scales_);
  std::int32_t* offsets = store.writable(offsets_);
  const auto k = static_cast<std::size_t>(k_);
  std::vector<float> to_byte(static_cast<std::size_t>(n_));
  for (std::size_t row = 0; row < to_byte.size(); ++row) {
    const float* weights = dense.weight.data() + row * static_cast<std::size_t>(dense.k) + first;
    const float largest = bounds_pairs_ ? largest_pair({weights, k}) : largest_of({weights, k});
    scales[row] = largest > 0 ? largest / 127.0f : 1.0f;
    to_byte[row] = largest > 0 ? 127.0f / largest : 0.0f;
    offsets[row] = 0;
  }
  pack_numbers(dense, first, k_, layout_, out, [&](int row, float value) {
    const auto at = static_cast<std::size_t>(row);
    const auto byte = static_cast<std::int8_t>(std::lrintf(value * to_byte[at]));
    offsets[at] -= kernels::kCentre * byte;
    return byte;
  });
}

void LaneLinear::run(const KernelSet& kernels, const PackedWeights& store, const LaneOperand& x,
                     int first, int channels, const kernels::LaneEpilogue& epilogue) const {
  const auto row = static_cast<std::size_t>(first);
  const std::byte* weight =
      store.at(weight_) + row * static_cast<std::size_t>(layout_.padded(k_)) * bytes_of(number_);
  const float* bias = store.at(bias_) + row;
  const auto set_common = [&](auto& p) {
    p.bias = bias;
    p.depth = k_;
    p.channels = channels;
    p.epilogue = epilogue;
  };
  if (number_ == Number::i8) {
    kernels::LaneLinearI8Params p;
    p.x = reinterpret_cast<const std::uint8_t*>(x.data);
    p.x_scales = x.scales;
    p.weight = reinterpret_cast<const std::int8_t*>(weight);
    p.offsets = store.at(offsets_) + row;
    p.weight_scales = store.at(scales_) + row;
    set_common(p);
    kernels.lane_linear_i8.run(p);
  } else if (number_ == Number::bf16) {
    kernels::LaneLinearBf16Params p;
    p.x = reinterpret_cast<const std::uint16_t*>(x.data);
    p.weight = reinterpret_cast<const std::uint16_t*>(weight);
    set_common(p);
    kernels.lane_linear_bf16.run(p);
  } else {
    kernels::LaneLinearF32Params p;
    p.x = reinterpret_cast<const float*>(x.data);
    p.weight = reinterpret_cast<const float*>(weight);
    set_common(p);
    kernels.lane_linear_f32.run(p);
  }
}

}  // namespace tessera::compute::cpu
