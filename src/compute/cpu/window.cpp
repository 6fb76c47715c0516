#include "src/compute/cpu/window.h"

#include <utility>

namespace tessera::compute::cpu {

using kernels::kBlockTokens;
using kernels::kHeadWidth;

std::size_t CrossHeads::block_bytes(Number number) {
  constexpr std::size_t kNumbers = std::size_t{kHeadWidth} * kBlockTokens;
  return kNumbers * (number == Number::i8 ? 1 : number == Number::bf16 ? 2 : 4);
}

CrossHeads::CrossHeads(Number number, int heads, int keys)
    : number_(number),
      heads_(heads),
      keys_(keys),
      blocks_((keys + kBlockTokens - 1) / kBlockTokens),
      keys_of_(base::allocate_aligned(at(heads, 0))),
      values_of_(base::allocate_aligned(at(heads, 0))) {
  if (number != Number::i8) return;
  const auto all = static_cast<std::size_t>(heads) * static_cast<std::size_t>(blocks_);
  key_scales_.resize(all * kBlockTokens);
  value_scales_.resize(all);
  value_logs_.resize(all);
}

CpuWindow::CpuWindow(std::shared_ptr<const ModelWeights> model, std::vector<CrossHeads> cross,
                     std::function<Tensor()> states)
    : model_(std::move(model)), cross_(std::move(cross)), compute_states_(std::move(states)) {}

TensorView CpuWindow::states() const {
  std::call_once(computed_, [this] { states_ = compute_states_(); });
  return states_.view();
}

}  // namespace tessera::compute::cpu
