#include "src/compute/cpu/window.h"

#include <cstdint>
#include <utility>

#include "src/compute/dtype.h"

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

std::vector<float> CrossHeads::keys_of(int head) const {
  std::vector<float> keys;
  for (int key = 0; key < keys_; ++key) {
    const int block = key / kBlockTokens, token = key % kBlockTokens;
    const std::byte* data = key_block(head, block);
    for (int i = 0; i < kHeadWidth; ++i) {
      if (number_ == Number::i8) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
        const int value = bytes[(i / 4 * kBlockTokens + token) * 4 + i % 4] - kernels::kCentre;
        keys.push_back(static_cast<float>(value) * key_scales(head)[key]);
      } else if (number_ == Number::bf16) {
        const auto* halves = reinterpret_cast<const std::uint16_t*>(data);
        keys.push_back(bf16_to_f32(halves[(i / 2 * kBlockTokens + token) * 2 + i % 2]));
      } else {
        keys.push_back(reinterpret_cast<const float*>(data)[i * kBlockTokens + token]);
      }
    }
  }
  return keys;
}

std::vector<float> CrossHeads::values_of(int head) const {
  std::vector<float> values;
  for (int key = 0; key < keys_; ++key) {
    const int block = key / kBlockTokens, token = key % kBlockTokens;
    const std::byte* data = value_block(head, block);
    for (int i = 0; i < kHeadWidth; ++i) {
      if (number_ == Number::i8) {
        const auto* bytes = reinterpret_cast<const std::int8_t*>(data);
        const std::int8_t value = bytes[(token / 4 * kHeadWidth + i) * 4 + token % 4];
        values.push_back(static_cast<float>(value) * value_scales(head)[block]);
      } else if (number_ == Number::bf16) {
        const auto* halves = reinterpret_cast<const std::uint16_t*>(data);
        values.push_back(bf16_to_f32(halves[(token / 2 * kHeadWidth + i) * 2 + token % 2]));
      } else {
        values.push_back(reinterpret_cast<const float*>(data)[token * kHeadWidth + i]);
      }
    }
  }
  return values;
}

CpuWindow::CpuWindow(std::shared_ptr<const ModelWeights> model, std::vector<CrossHeads> cross,
                     std::function<Tensor()> states)
    : model_(std::move(model)), cross_(std::move(cross)), compute_states_(std::move(states)) {}

TensorView CpuWindow::states() const {
  std::call_once(computed_, [this] { states_ = compute_states_(); });
  return states_.view();
}

}  // namespace tessera::compute::cpu
