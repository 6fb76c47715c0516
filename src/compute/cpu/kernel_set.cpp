#include "src/compute/cpu/kernel_set.h"

namespace tessera::compute::cpu {

KernelSet::KernelSet(const kernels::IsaTier& tier)
    : lane_linear_i8(kernels::select("lane_linear_i8", tier)),
      lane_linear_bf16(kernels::select("lane_linear_bf16", tier)),
      lane_linear_f32(kernels::select("lane_linear_f32", tier)),
      lane_prepare(kernels::select("lane_prepare", tier)),
      lane_rotate(kernels::select("lane_rotate", tier)),
      lane_pack_values(kernels::select("lane_pack_values", tier)),
      lane_attention_i8(kernels::select("lane_attention_i8", tier)),
      lane_attention_bf16(kernels::select("lane_attention_bf16", tier)),
      lane_attention_f32(kernels::select("lane_attention_f32", tier)),
      matmul_i8(kernels::select("matmul_i8", tier)),
      matmul_bf16(kernels::select("matmul_bf16", tier)),
      matmul_f32(kernels::select("matmul_f32", tier)),
      quantise(kernels::select("quantise", tier)),
      layer_norm(kernels::select("layer_norm", tier)),
      gelu(kernels::select("gelu", tier)),
      row_prepare(kernels::select("row_prepare", tier)),
      row_finish(kernels::select("row_finish", tier)),
      row_attention_i8(kernels::select("row_attention_i8", tier)),
      row_attention_bf16(kernels::select("row_attention_bf16", tier)),
      row_attention_f32(kernels::select("row_attention_f32", tier)),
      isa(tier.top()) {}

}  // namespace tessera::compute::cpu
