#include "src/compute/cpu/finite_weights.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

/// NaN and infinity are the numbers whose exponent is all ones.
template <class Bits>
bool all_finite(const std::byte* data, std::size_t count, Bits exponent) {
  Bits largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Bits bits;  // tensors of files need not be aligned
    std::memcpy(&bits, data + i * sizeof bits, sizeof bits);
    largest = std::max(largest, static_cast<Bits>(bits & exponent));
  }
  return largest != exponent;
}

bool all_finite(const WeightView& view, std::size_t first, std::size_t count) {
  const std::byte* data = view.data + first * element_bytes(view.dtype);
  switch (view.dtype) {
    case DType::f32:
      return all_finite<std::uint32_t>(data, count, 0x7f800000);
    case DType::f16:
      return all_finite<std::uint16_t>(data, count, 0x7c00);
    case DType::bf16:
      return all_finite<std::uint16_t>(data, count, 0x7f80);
    default:
      return true;
  }
}

/// Elements that one thread looks at before it takes the next part.
constexpr std::size_t kPart = std::size_t{1} << 18;

struct Part {
  std::size_t slot, first;
};

}  // namespace

void check_finite(const ModelWeights& weights, base::ThreadPool& pool) {
  ModelWeights copy = weights;  // views only; weight_slots() wants them mutable
  const std::vector<WeightSlot> slots = weight_slots(copy);
  std::vector<Part> parts;
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    const auto count = static_cast<std::size_t>(slots[slot].view->elements());
    if (!slots[slot].view->present()) continue;
    for (std::size_t first = 0; first < count; first += kPart) parts.push_back({slot, first});
  }
  std::atomic<std::size_t> broken = slots.size();
  pool.parallel_for(parts.size(), [&](std::size_t i) {
    const WeightView& view = *slots[parts[i].slot].view;
    const auto left = static_cast<std::size_t>(view.elements()) - parts[i].first;
    if (all_finite(view, parts[i].first, std::min(left, kPart))) return;
    std::size_t before = broken;
    while (parts[i].slot < before && !broken.compare_exchange_weak(before, parts[i].slot)) {
    }
  });
  if (broken == slots.size()) return;
  throw Error(ErrorCode::bad_file,
              "model: expected finite weights, found NaN or infinity in " + slots[broken].name);
}

}  // namespace tessera::compute::cpu
