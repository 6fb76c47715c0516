#include "src/compute/kernels/workload.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "tessera/error.h"

namespace tessera::compute::kernels {
namespace {

constexpr int kWidth = 512;
constexpr int kKeys = 1500;
constexpr int kKeyBlocks = (kKeys + kBlockTokens - 1) / kBlockTokens;
constexpr int kRows = 8;  // of a decoder: hypotheses and windows of a step

// The largest operand is a float32 matrix in panels, or a head's keys.
constexpr int kPanels = (kWidth + kPanelColumns - 1) / kPanelColumns;
constexpr std::size_t kMostInputs =
    std::max(kPanels * kPanelColumns * kWidth, kKeyBlocks* kBlockTokens* kHeadWidth);
constexpr std::size_t kOutputs = std::size_t{kWidth} * kBlockTokens;
constexpr std::size_t kOnes = std::max(kWidth, kKeyBlocks* kBlockTokens);

constexpr std::chrono::microseconds kLeast{50};

base::AlignedBytes floats(std::size_t count, float value) {
  base::AlignedBytes bytes = base::allocate_aligned(count * sizeof(float));
  std::fill_n(reinterpret_cast<float*>(bytes.get()), count, value);
  return bytes;
}

template <class T>
T* as(const base::AlignedBytes& bytes) {
  return reinterpret_cast<T*>(bytes.get());
}

/// Sets a pointer of whatever type.
template <class T>
void point(const T*& pointer, const base::AlignedBytes& bytes) {
  pointer = as<T>(bytes);
}

template <class Params>
std::function<void()> runner(const Kernel& kernel, const Params& params) {
  return [&kernel, params] { kernel.run(params); };
}

}  // namespace

Workload::Workload()
    : zeros_(floats(kMostInputs, 0)),
      ones_(floats(kOnes, 1)),
      out_(floats(kOutputs, 0)),
      scratch_(base::allocate_aligned(
          std::max(kLaneAttentionScratchBytes, row_attention_scratch_bytes(kKeyBlocks)))),
      blocks_(kKeyBlocks, zeros_.get()),
      visible_(kKeys) {}

template <class Params>
std::function<void()> Workload::linear(const Kernel& kernel) const {
  Params p;
  point(p.x, zeros_);
  point(p.weight, zeros_);
  point(p.bias, zeros_);
  p.depth = p.channels = kWidth;
  p.epilogue.out = as<float>(out_);
  if constexpr (requires { p.offsets; }) {
    point(p.offsets, zeros_);
    point(p.x_scales, ones_);
    point(p.weight_scales, ones_);
  }
  return runner(kernel, p);
}

template <class Params>
std::function<void()> Workload::attention(const Kernel& kernel) const {
  Params p;
  point(p.q, zeros_);
  point(p.k, zeros_);
  point(p.v, zeros_);
  p.k_stride = p.v_stride = sizeof *p.k * kBlockTokens * kHeadWidth;
  p.keys = kKeys;
  p.out = as<float>(out_);
  p.scratch = scratch_.get();
  if constexpr (requires { p.k_starts; }) {
    point(p.q_scales, ones_);
    point(p.k_scales, ones_);
    point(p.k_starts, zeros_);
    point(p.k_offsets, zeros_);
    point(p.v_scales, ones_);
    point(p.v_logs, zeros_);
  }
  return runner(kernel, p);
}

template <class Params>
std::function<void()> Workload::matmul(const Kernel& kernel) const {
  Params p;
  point(p.a, zeros_);
  point(p.b, zeros_);
  p.c = as<std::remove_pointer_t<decltype(p.c)>>(out_);
  p.n = p.k = kWidth;
  p.a_stride = p.c_stride = kWidth;
  // One hypothesis, which is bound by the weights' way, and several, which multiply.
  return [&kernel, p]() mutable {
    for (p.m = 1; p.m <= kRows; p.m += kRows - 1) kernel.run(p);
  };
}

std::function<void()> Workload::row_op(const Kernel& kernel) const {
  const std::string_view op = kernel.op;
  if (op == QuantiseParams::kOp) {
    QuantiseParams p{as<float>(ones_), 0, as<std::int8_t>(out_), kWidth, as<float>(scratch_)};
    p.rows = kRows;
    p.columns = kWidth;
    return runner(kernel, p);
  }
  if (op == LayerNormParams::kOp) {
    LayerNormParams p;
    p.in = p.gamma = p.beta = as<float>(ones_);
    p.out = as<float>(out_);
    p.out_stride = kWidth;
    p.rows = kRows;
    p.columns = kWidth;
    return runner(kernel, p);
  }
  if (op == GeluParams::kOp) {
    return runner(kernel, GeluParams{as<float>(zeros_), as<float>(out_), kRows * kWidth});
  }
  if (op == RowPrepareParams::kOp) {
    RowPrepareParams p;
    p.in = as<float>(ones_);
    p.rows = kRows;
    p.columns = kWidth;
    p.norm = LaneNorm::rms;
    p.format = LaneFormat::s8;
    p.out = as<float>(out_);
    p.out_stride = kWidth;
    p.scales = as<float>(scratch_);
    return runner(kernel, p);
  }
  if (op == RowFinishParams::kOp) {
    RowFinishParams p;
    point(p.sums, zeros_);
    point(p.row_scales, ones_);
    point(p.column_scales, ones_);
    p.gelu = true;
    p.out = as<float>(out_);
    p.in_stride = p.out_stride = p.columns = kPanels * kPanelColumns;
    p.rows = kRows;
    return runner(kernel, p);
  }
  throw Error(ErrorCode::internal, "kernel " + std::string(op) + ": nothing to time it with");
}

template <class Params>
std::function<void()> Workload::row_attention(const Kernel& kernel) const {
  Params p;
  point(p.q, zeros_);
  p.k = reinterpret_cast<decltype(p.k)>(blocks_.data());
  p.v = reinterpret_cast<decltype(p.v)>(blocks_.data());
  p.q_stride = p.out_stride = kHeadWidth;
  p.queries = 1;
  p.visible = &visible_;
  p.out = as<float>(out_);
  p.scratch = scratch_.get();
  if constexpr (requires { p.q_scales; }) {
    point(p.q_scales, ones_);
    point(p.k_scales, ones_);
    point(p.v_scales, ones_);
  }
  return runner(kernel, p);
}

std::function<void()> Workload::lane_op(const Kernel& kernel) const {
  const std::string_view op = kernel.op;
  if (op == LanePrepareParams::kOp) {
    LanePrepareParams p;
    p.x = as<float>(zeros_);
    p.channels = kWidth;
    p.norm = LaneNorm::rms;
    p.format = LaneFormat::u8;
    p.out = as<float>(out_);
    p.scales = as<float>(scratch_);
    return runner(kernel, p);
  }
  if (op == LaneRotateParams::kOp) {
    // Of its own output, which any other op may have written.
    std::fill_n(as<float>(out_), kOutputs, 0.0f);
    return runner(kernel, LaneRotateParams{as<float>(out_), kWidth});
  }
  LanePackValuesParams p;
  p.x = as<float>(zeros_);
  p.out = as<float>(out_);
  p.scale = as<float>(scratch_);
  return runner(kernel, p);
}

std::function<void()> Workload::run_of(const Kernel& kernel) const {
  const std::string_view op = kernel.op;
  if (op == LaneLinearI8Params::kOp) return linear<LaneLinearI8Params>(kernel);
  if (op == LaneLinearBf16Params::kOp) return linear<LaneLinearBf16Params>(kernel);
  if (op == LaneLinearF32Params::kOp) return linear<LaneLinearF32Params>(kernel);
  if (op == LaneAttentionI8Params::kOp) return attention<LaneAttentionI8Params>(kernel);
  if (op == LaneAttentionBf16Params::kOp) return attention<LaneAttentionBf16Params>(kernel);
  if (op == LaneAttentionF32Params::kOp) return attention<LaneAttentionF32Params>(kernel);
  if (op == RowAttentionI8Params::kOp) return row_attention<RowAttentionI8Params>(kernel);
  if (op == RowAttentionBf16Params::kOp) return row_attention<RowAttentionBf16Params>(kernel);
  if (op == RowAttentionF32Params::kOp) return row_attention<RowAttentionF32Params>(kernel);
  if (op == MatmulI8Params::kOp) return matmul<MatmulI8Params>(kernel);
  if (op == MatmulBf16Params::kOp) return matmul<MatmulBf16Params>(kernel);
  if (op == MatmulF32Params::kOp) return matmul<MatmulF32Params>(kernel);
  for (const char* name :
       {LanePrepareParams::kOp, LaneRotateParams::kOp, LanePackValuesParams::kOp}) {
    if (op == name) return lane_op(kernel);
  }
  return row_op(kernel);
}

double Workload::seconds_of(const Kernel& kernel) const {
  using Clock = std::chrono::steady_clock;
  const std::function<void()> run = run_of(kernel);
  const Clock::time_point begin = Clock::now();
  Clock::duration spent{};
  int runs = 0;
  for (; spent < kLeast; ++runs) {
    run();
    spent = Clock::now() - begin;
  }
  return std::chrono::duration<double>(spent).count() / runs;
}

}  // namespace tessera::compute::kernels
