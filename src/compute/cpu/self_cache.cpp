#include "src/compute/cpu/self_cache.h"

#include <algorithm>
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

SelfCache::Page SelfCache::take_page() const {
  base::AlignedBytes memory;
  if (unused_->empty()) {
    memory = base::allocate_aligned(page_bytes_);
  } else {
    memory = std::move(unused_->back());
    unused_->pop_back();
  }
  return {memory.release(), [unused = unused_](std::byte* page) noexcept {
            base::AlignedBytes returned(page);
            try {
              unused->push_back(std::move(returned));
            } catch (const std::bad_alloc&) {
              return;  // and the page is freed
            }
          }};
}

// Zeros, so that what no token has filled yet is finite.
SelfCache::Page SelfCache::make_page() const {
  Page page = take_page();
  std::memset(page.get(), 0, page_bytes_);
  return page;
}

void SelfCache::extend(std::span<const Extension> extensions, base::ThreadPool& pool) const {
  struct PageCopy {
    const std::byte* from;  // that another stream still holds
    std::byte* to;
  };
  std::vector<PageCopy> copies;
  for (const auto& [stream, count] : extensions) {
    const bool is_begun = stream->tokens % kBlockTokens != 0;
    if (is_begun && stream->pages.back().use_count() > 1) {
      Page own = take_page();
      copies.push_back({stream->pages.back().get(), own.get()});
      stream->pages.back() = std::move(own);
    }
    const auto pages =
        static_cast<std::size_t>((stream->tokens + count + kBlockTokens - 1) / kBlockTokens);
    while (stream->pages.size() < pages) stream->pages.push_back(make_page());
  }
  constexpr std::size_t kAtOnce = std::size_t{64} << 10;
  const std::size_t parts = (page_bytes_ + kAtOnce - 1) / kAtOnce;
  pool.parallel_for(copies.size() * parts, [&](std::size_t i) {
    const PageCopy& copy = copies[i / parts];
    const std::size_t first = i % parts * kAtOnce;
    std::memcpy(copy.to + first, copy.from + first, std::min(kAtOnce, page_bytes_ - first));
  });
}

void SelfCache::append(const Stream& stream, int layer, int head, const float* keys,
                       const float* values, std::ptrdiff_t stride, int count) const {
  const Layer& place = layers_[static_cast<std::size_t>(layer)];
  const std::size_t offset = at(layer, head);
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

}  // namespace tessera::compute::cpu
