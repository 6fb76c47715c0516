// The kernels that one cpu device computes with.
#pragma once

#include "src/compute/kernels/registry.h"
#include "src/compute/kernels/selection.h"

namespace tessera::compute::cpu {

using kernels::Kernel;

/// One variant per operation, selected once for an instruction-set tier.
struct KernelSet {
  /// Those that the kernel list prefers: always the same.
  explicit KernelSet(const kernels::IsaTier& tier);
  /// Those that are fastest on this machine, measured in about 20 ms or known from the user's cache
  /// folder (see selection.h). A tier that somebody asked for is taken as the list has it. Either
  /// way $TESSERA_KERNELS has the last word; throws what override_choice throws.
  static KernelSet fastest(const kernels::IsaTier& tier);

  // Blocks of 48 tokens in lanes: the encoder.
  const Kernel &lane_linear_i8, &lane_linear_bf16, &lane_linear_f32;
  const Kernel &lane_prepare, &lane_rotate, &lane_pack_values;
  const Kernel &lane_attention_i8, &lane_attention_bf16, &lane_attention_f32;
  // Rows of tokens: the decoder.
  const Kernel &matmul_i8, &matmul_bf16, &matmul_f32;
  const Kernel &quantise, &layer_norm, &gelu;
  const Kernel &row_prepare, &row_finish;
  const Kernel &row_attention_i8, &row_attention_bf16, &row_attention_f32;

  /// What lane_attention_i8 takes unsigned bytes around. lane_linear_i8 has kCentre always.
  int attention_centre;
  /// Whether weights of lane_linear_i8 must be within kLargestPair for that.
  bool bounds_pairs;
  kernels::Isa isa;

 private:
  KernelSet(const kernels::Choice& choice, kernels::Isa isa);
};

}  // namespace tessera::compute::cpu
