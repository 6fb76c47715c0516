#include "src/compute/reference/cross_attention.h"

#include <string>

#include "tessera/error.h"

namespace tessera::compute::reference {
namespace {

void check_head(const CrossHead& head, const ModelDims& dims) {
  if (head.layer >= 0 && head.layer < dims.n_text_layers && head.head >= 0 &&
      head.head < dims.n_text_heads) {
    return;
  }
  throw Error(ErrorCode::bad_argument, "decoder: expected attention heads below layer " +
                                           std::to_string(dims.n_text_layers) + " and head " +
                                           std::to_string(dims.n_text_heads) + ", got layer " +
                                           std::to_string(head.layer) + ", head " +
                                           std::to_string(head.head));
}

}  // namespace

void AttentionScores::begin(std::span<const StreamInput> inputs, const ModelDims& dims) {
  wishes_.clear();
  for (const StreamInput& input : inputs) {
    for (const CrossHead& head : input.attention_heads) check_head(head, dims);
  }
  for (const StreamInput& input : inputs) {
    const auto rows = static_cast<int>(input.attention_heads.size() * input.tokens.size());
    wishes_.push_back({{input.attention_heads.begin(), input.attention_heads.end()},
                       Tensor(DType::f32, rows, dims.n_audio_ctx)});
  }
}

void AttentionScores::collect(std::size_t index, int layer, const PackedHeads& window,
                              const Tensor& queries, base::ThreadPool& pool) {
  Wish& wish = wishes_[index];
  const auto width =
      static_cast<std::size_t>(queries.cols()) / static_cast<std::size_t>(window.keys.size());
  pool.parallel_for(wish.heads.size(), [&](std::size_t i) {
    const CrossHead& wanted = wish.heads[i];
    if (wanted.layer != layer) return;
    const auto head = static_cast<std::size_t>(wanted.head);
    attention_scores(window.keys[head], queries.values<float>().data() + head * width,
                     static_cast<std::size_t>(queries.cols()), queries.rows(),
                     wish.scores.row<float>(static_cast<int>(i) * queries.rows()).data());
  });
}

TensorView AttentionScores::view(std::size_t index) const {
  if (index >= wishes_.size() || wishes_[index].heads.empty()) {
    throw Error(ErrorCode::internal,
                "decoder: the attention of input " + std::to_string(index) + " was not asked for");
  }
  return wishes_[index].scores.view();
}

}  // namespace tessera::compute::reference
