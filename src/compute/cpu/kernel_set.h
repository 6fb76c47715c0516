// The kernels that one cpu device computes with.
#pragma once

#include "src/compute/kernels/registry.h"

namespace tessera::compute::cpu {

using kernels::Kernel;

/// One variant per operation, selected once for an instruction-set tier.
struct KernelSet {
  explicit KernelSet(const kernels::IsaTier& tier);

  // Blocks of 48 tokens in lanes: the encoder.
  const Kernel &lane_linear_i8, &lane_linear_bf16, &lane_linear_f32;
  const Kernel &lane_prepare, &lane_rotate, &lane_pack_values;
  const Kernel &lane_attention_i8, &lane_attention_bf16, &lane_attention_f32;
  // Rows of tokens: the decoder.
  const Kernel &matmul_i8, &matmul_bf16, &matmul_f32;
  const Kernel &quantise, &layer_norm, &gelu;
  const Kernel &row_prepare, &row_finish;
  const Kernel &row_attention_i8, &row_attention_bf16, &row_attention_f32;

  kernels::Isa isa;
};

}  // namespace tessera::compute::cpu
