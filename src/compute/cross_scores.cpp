#include "src/compute/cross_scores.h"

#include <algorithm>
#include <string>

#include "tessera/error.h"

namespace tessera::compute {
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

void CrossScores::begin(std::span<const StreamInput> inputs, const ModelDims& dims) {
  wishes_.clear();
  for (const StreamInput& input : inputs) {
    for (const CrossHead& head : input.attention_heads) check_head(head, dims);
  }
  for (const StreamInput& input : inputs) {
    const auto rows = static_cast<int>(input.attention_heads.size() * input.tokens.size());
    wishes_.push_back({{input.attention_heads.begin(), input.attention_heads.end()},
                       static_cast<int>(input.tokens.size()),
                       Tensor(DType::f32, rows, dims.n_audio_ctx)});
  }
}

bool CrossScores::wants(int layer) const {
  return std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
    return std::any_of(wish.heads.begin(), wish.heads.end(),
                       [&](const CrossHead& head) { return head.layer == layer; });
  });
}

float* CrossScores::row(std::size_t index, int layer, int head, int token) {
  Wish& wish = wishes_[index];
  const auto found = std::find(wish.heads.begin(), wish.heads.end(), CrossHead{layer, head});
  if (found == wish.heads.end()) return nullptr;
  const auto place = static_cast<int>(found - wish.heads.begin());
  return wish.scores.row<float>(place * wish.tokens + token).data();
}

void CrossScores::finish() {
  for (Wish& wish : wishes_) {
    for (auto head = wish.heads.begin(); head != wish.heads.end(); ++head) {
      const auto first = std::find(wish.heads.begin(), head, *head);
      if (first == head) continue;
      for (int token = 0; token < wish.tokens; ++token) {
        const auto row_of = [&](auto place) {
          return static_cast<int>(place - wish.heads.begin()) * wish.tokens + token;
        };
        std::ranges::copy(wish.scores.row<float>(row_of(first)),
                          wish.scores.row<float>(row_of(head)).begin());
      }
    }
  }
}

TensorView CrossScores::view(std::size_t index) const {
  if (index >= wishes_.size() || wishes_[index].heads.empty()) {
    throw Error(ErrorCode::internal,
                "decoder: the attention of input " + std::to_string(index) + " was not asked for");
  }
  return wishes_[index].scores.view();
}

}  // namespace tessera::compute
