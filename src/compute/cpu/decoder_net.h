// The decoder's weights as the cpu device computes with them.
#pragma once

#include <memory>
#include <vector>

#include "src/compute/cpu/row_linear.h"

namespace tessera::compute::cpu {

struct DecoderLayer {
  RowNorm self_norm;
  RowLinear self_qkv;  ///< queries in base 2, see row_attention, then keys, then values
  RowLinear self_out;
  RowNorm cross_norm;
  RowLinear cross_query;  ///< in base 2
  RowLinear cross_out;
  RowNorm ffn_norm;
  RowLinear ffn_up, ffn_down;
};

struct DecoderNet {
  /// Reserves memory in `store`, which outlives it, and adds the tasks that fill it.
  static DecoderNet from(std::shared_ptr<const ModelWeights> weights, const PrecisionPlan& plan,
                         PackedWeights& store);

  /// What the stream begins with: the token's embedding and its position's, (width).
  void embed(int token, int position, float* out) const;
  const ModelDims& dims() const { return weights->dims; }

  std::shared_ptr<const ModelWeights> weights;
  PrecisionPlan plan;
  std::vector<float> positions;  ///< (n_text_ctx, width)
  std::vector<DecoderLayer> layers;
  RowNorm norm;
  RowLinear output;  ///< (n_vocab, width), the token embedding again
};

}  // namespace tessera::compute::cpu
