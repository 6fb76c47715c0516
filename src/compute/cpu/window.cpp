#include "src/compute/cpu/window.h"

#include <cstdint>
#include <utility>

#include "src/compute/dtype.h"

namespace tessera::compute::cpu {

using kernels::kBlockTokens;
using kernels::kHeadWidth;

namespace {

int blocks_of(int keys) { return (keys + kBlockTokens - 1) / kBlockTokens; }

}  // namespace

std::size_t CrossHeads::block_bytes(Number number) {
  constexpr std::size_t kNumbers = std::size_t{kHeadWidth} * kBlockTokens;
  return kNumbers * (number == Number::i8 ? 1 : number == Number::bf16 ? 2 : 4);
}

std::size_t CrossHeads::bytes(Number number, int heads, int keys) {
  return 2 * static_cast<std::size_t>(heads) * static_cast<std::size_t>(blocks_of(keys)) *
         block_bytes(number);
}

CrossHeads::CrossHeads(Number number, int heads, int keys, std::shared_ptr<std::byte> memory)
    : number_(number),
      heads_(heads),
      keys_(keys),
      blocks_(blocks_of(keys)),
      memory_(std::move(memory)),
      keys_of_(memory_.get()),
      values_of_(keys_of_ + at(heads, 0)) {
  if (number != Number::i8) return;
  const auto all = static_cast<std::size_t>(heads) * static_cast<std::size_t>(blocks_);
  key_scales_.resize(all * kBlockTokens);
  value_scales_.resize(all);
  value_logs_.resize(all);
}

std::size_t cross_bytes(const std::vector<Number>& numbers, int heads, int keys) {
  std::size_t bytes = 0;
  for (const Number number : numbers) bytes += CrossHeads::bytes(number, heads, keys);
  return bytes;
}

std::vector<CrossHeads> place_cross(const std::vector<Number>& numbers, int heads, int keys,
                                    const std::shared_ptr<std::byte>& memory) {
  std::vector<CrossHeads> cross;
  std::byte* next = memory.get();
  for (const Number number : numbers) {
    cross.emplace_back(number, heads, keys, std::shared_ptr<std::byte>(memory, next));
    next += CrossHeads::bytes(number, heads, keys);
  }
  return cross;
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
