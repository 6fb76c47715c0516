// A whole encoder in one context: a layer is one launch, the next launch the next layer.
#pragma once

#include <cstdint>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

/// Sizes of an encoder whose heads have 64 elements.
struct EncoderShape {
  std::int64_t positions = 1500;
  std::int64_t d_model = 512;
  std::int64_t heads = 8;
  std::int64_t d_hidden = 2048;
  std::int64_t layers = 6;
  std::int64_t element_bytes = 1;  ///< of activations between products: int8 or bfloat16
};

/// Everything that travels is a panel of 64 rows of 64 bytes, whatever it means; a row of more
/// bytes is several of these rows. Panels of A come to a core in blocks of 4 rows and 8 elements;
/// panels of B, as 64 rows of 64 bytes of int8 or 32 rows of 128 bytes of bfloat16, in blocks of 8
/// rows and 8 bytes; C goes back from blocks of 4 rows and 8 bytes. So every product's operands
/// lie as mmul wants them. x of a LayerNorm comes as A, whose rows are halves of those of x.
inline constexpr std::int64_t kPanelRows = 64;
inline constexpr std::int64_t kPanelRowBytes = 64;
inline constexpr std::int64_t kPanelBytes = kPanelRows * kPanelRowBytes;

/// The kernels of the layer. `sums` are 64 x 64 numbers of 4 bytes; `parameters` what a product
/// keeps of its first panel of B (scales); `state` what attention keeps beside its sums.
struct EncoderKernels {
  CoreKernel begin;         ///< (panel of B, sums, parameters): bias into the sums
  CoreKernel multiply;      ///< (panel of A, panel of B, sums)
  CoreKernel store;         ///< (sums, parameters, panel of C, part): elements
  CoreKernel store_gelu;    ///< the same through GELU
  CoreKernel store_wide;    ///< the same, elements of 2 bytes
  CoreKernel take;          ///< (panel of A, queries, part): keeps a part of a block of queries
  CoreKernel attend_begin;  ///< (sums, state)
  /// (queries, K, state, valid keys), then (V, sums, state): weights of a block of keys, and their
  /// sum of values. Two calls, so that the next block's keys can come while values are summed.
  CoreKernel attend_keys;
  CoreKernel attend_values;
  CoreKernel attend_finish;  ///< (sums, state, panel of C, part)
  CoreKernel norm_begin;     ///< (state, d_model): no rows yet
  CoreKernel norm_add;       ///< (x, y, state, sum): sum = x + y of 2 bytes, statistics of its rows
  CoreKernel
      norm_write;  ///< (x, y, state, panel of C, part): a part of the panel's normalised rows
};

/// Where things lie in the host's buffer "work", in bytes; rows are `rows` many. Wide numbers have
/// 2 bytes. Columns from d_model on are padding: zero in weights and biases, hence zero everywhere.
struct EncoderLayout {
  std::int64_t rows = 0;       ///< positions in whole blocks for all cores
  std::int64_t width = 0;      ///< d_model in whole blocks of columns
  std::int64_t hidden = 0;     ///< d_hidden likewise
  std::int64_t x = 0;          ///< wide: what goes from layer to layer
  std::int64_t x_between = 0;  ///< wide: the same between a layer's two halves
  std::int64_t y = 0;          ///< wide: what is to be added to it
  std::int64_t normed = 0;     ///< elements: LayerNorm of x
  std::int64_t qkv = 0;        ///< elements: rows of Q, K and V
  std::int64_t attended = 0;
  std::int64_t gelu = 0;  ///< elements: rows of `hidden`
  std::int64_t bytes = 0;
};

EncoderLayout encoder_layout(const EncoderShape& shape);

/// Bytes of a layer's weights in the host's buffer "weights". For each of its four products (QKV,
/// out, up, down): for each 256 columns, for each of their four blocks of 64, a panel of parameters
/// and the panels of B along k.
std::int64_t encoder_layer_bytes(const EncoderShape& shape);

/// A launch reads x and LayerNorm(x), and leaves x and its LayerNorm for the next layer: the first
/// LayerNorm of all is the caller's, the last is the encoder's own. gamma and beta are part of the
/// products that follow. Phases are products on all cores as in gemm_plan, attention with a head
/// per column and its keys streamed for every round of queries, and x + y with its LayerNorm, 32
/// rows a core. They share the fifos, since what is routed and how long a descriptor is cannot
/// change in between. Throws Error{bad_argument} for sizes that do not fit (heads that are not 64
/// elements wide).
ArrayPlan encoder_plan(const EncoderShape& shape, const EncoderKernels& kernels);

}  // namespace tessera::compute::npu
