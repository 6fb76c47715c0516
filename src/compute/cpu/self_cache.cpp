#include "src/compute/cpu/self_cache.h"

#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "src/compute/cpu/window.h"
#include "src/compute/dtype.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kBlockTokens;
using kernels::kHeadWidth;

// Stores a token's key and value in a block whose dwords hold `Group` numbers.
template <int Group, class T, class Convert>
void store_token(T* keys, T* values, int token, const float* key, const float* value,
                 Convert convert) {
  for (int c = 0; c < kHeadWidth; ++c) {
    keys[(c / Group * kBlockTokens + token) * Group + c % Group] = convert(key[c]);
    values[(token / Group * kHeadWidth + c) * Group + token % Group] = convert(value[c]);
  }
}

}  // namespace

SelfCache::SelfCache(const std::vector<Number>& layers, int heads)
    : unused_(std::make_shared<std::vector<base::AlignedBytes>>()) {
  for (const Number number : layers) {
    const Number kept = number == Number::f32 ? Number::f32 : Number::bf16;
    const std::size_t bytes = CrossHeads::block_bytes(kept);
    layers_.push_back({kept, page_bytes_, bytes});
    page_bytes_ += 2 * static_cast<std::size_t>(heads) * bytes;
  }
}

// Zeros, so that what no token has filled yet is finite.
SelfCache::Page SelfCache::make_page() const {
  base::AlignedBytes memory;
  if (unused_->empty()) {
    memory = base::allocate_aligned(page_bytes_);
  } else {
    memory = std::move(unused_->back());
    unused_->pop_back();
  }
  std::memset(memory.get(), 0, page_bytes_);
  return {memory.release(), [unused = unused_](std::byte* page) noexcept {
            base::AlignedBytes returned(page);
            try {
              unused->push_back(std::move(returned));
            } catch (const std::bad_alloc&) {
              return;  // and the page is freed
            }
          }};
}

void SelfCache::extend(Stream& stream, int count) {
  const int filled = stream.tokens % kBlockTokens;
  if (filled != 0 && stream.pages.back().use_count() > 1) {
    stream.copied_from = std::exchange(stream.pages.back(), make_page());
  }
  const auto pages =
      static_cast<std::size_t>((stream.tokens + count + kBlockTokens - 1) / kBlockTokens);
  while (stream.pages.size() < pages) stream.pages.push_back(make_page());
}

void SelfCache::append(const Stream& stream, int layer, int head, const float* keys,
                       const float* values, std::ptrdiff_t stride, int count) const {
  const Layer& place = layers_[static_cast<std::size_t>(layer)];
  const std::size_t offset = at(layer, head);
  if (stream.copied_from != nullptr) {
    const auto index = static_cast<std::size_t>(stream.tokens / kBlockTokens);
    std::memcpy(stream.pages[index].get() + offset, stream.copied_from.get() + offset,
                2 * place.block_bytes);
  }
  for (int i = 0; i < count; ++i) {
    const int token = stream.tokens + i;
    std::byte* block = stream.pages[static_cast<std::size_t>(token / kBlockTokens)].get() + offset;
    const float *key = keys + i * stride, *value = values + i * stride;
    const auto store = [&](auto group, auto* first, auto* second, auto convert) {
      store_token<group()>(first, second, token % kBlockTokens, key, value, convert);
    };
    std::byte* second = block + place.block_bytes;
    if (place.number == Number::f32) {
      store(std::integral_constant<int, 1>{}, reinterpret_cast<float*>(block),
            reinterpret_cast<float*>(second), [](float x) { return x; });
    } else {
      store(std::integral_constant<int, 2>{}, reinterpret_cast<std::uint16_t*>(block),
            reinterpret_cast<std::uint16_t*>(second), f32_to_bf16);
    }
  }
}

void SelfCache::commit(Stream& stream, int count) {
  stream.copied_from.reset();
  stream.tokens += count;
}

}  // namespace tessera::compute::cpu
