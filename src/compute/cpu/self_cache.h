// Keys and values of the tokens that each stream has been fed, for self-attention.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/base/thread_pool.h"
#include "src/compute/cpu/precision_plan.h"

namespace tessera::compute::cpu {

/// Pages of 48 tokens, each with the keys and values of all layers and heads in the blocks that
/// row_attention reads. Streams that come from one share its pages; only a page that is not full
/// yet is copied, by the first of them that goes on.
class SelfCache {
 public:
  /// `layers`: the numbers of each layer, f32 or bf16; bytes are kept as bf16.
  SelfCache(const std::vector<Number>& layers, int heads);

  using Page = std::shared_ptr<std::byte>;

  /// The tokens of one stream. Copies share the pages.
  struct Stream {
    std::vector<Page> pages;
    int tokens = 0;
  };

  Number number(int layer) const { return layers_[static_cast<std::size_t>(layer)].number; }

  struct Extension {
    Stream* stream;
    int count;
  };
  /// Makes room for `count` more tokens in each of several streams, of which append then fills in
  /// each layer and head.
  void extend(std::span<const Extension> extensions, base::ThreadPool& pool) const;
  /// Stores keys and values of one head for the tokens from stream.tokens on: (count, 64) each,
  /// rows `stride` apart. Different layers and heads may be filled at the same time.
  void append(const Stream& stream, int layer, int head, const float* keys, const float* values,
              std::ptrdiff_t stride, int count) const;

  /// A page's keys of one head, and its values.
  const std::byte* keys(const Page& page, int layer, int head) const {
    return page.get() + at(layer, head);
  }
  const std::byte* values(const Page& page, int layer, int head) const {
    return keys(page, layer, head) + layers_[static_cast<std::size_t>(layer)].block_bytes;
  }

 private:
  struct Layer {
    Number number;
    std::size_t offset;       // in a page
    std::size_t block_bytes;  // of one head's keys or values
  };

  Page take_page() const;
  Page make_page() const;
  std::size_t at(int layer, int head) const {
    const Layer& place = layers_[static_cast<std::size_t>(layer)];
    return place.offset + static_cast<std::size_t>(head) * 2 * place.block_bytes;
  }

  std::vector<Layer> layers_;
  std::size_t page_bytes_ = 0;
  std::shared_ptr<std::vector<base::AlignedBytes>> unused_;  // pages of closed streams
};

}  // namespace tessera::compute::cpu
