#include "src/compute/cpu/row_attention.h"

#include <algorithm>

namespace tessera::compute::cpu {

using kernels::kHeadWidth;
using kernels::LaneFormat;

void RowAttention::convert(const float* q, std::ptrdiff_t q_stride, int count, LaneFormat format) {
  kernels::RowPrepareParams p;
  p.in = q;
  p.in_stride = q_stride;
  p.rows = count;
  p.columns = p.out_stride = kHeadWidth;
  p.format = format;
  p.out = converted_.at_least<std::uint16_t>(static_cast<std::size_t>(count) * kHeadWidth);
  q_scales_.resize(static_cast<std::size_t>(count));
  p.scales = q_scales_.data();
  kernels_.row_prepare.run(p);
}

template <class Params>
void RowAttention::run(const Kernel& kernel, Params& p, int count, float* out,
                       std::ptrdiff_t out_stride) {
  using Key = std::remove_reference_t<decltype(*p.k)>;
  using Value = std::remove_reference_t<decltype(*p.v)>;
  p.k = reinterpret_cast<Key*>(keys_.data());
  p.v = reinterpret_cast<Value*>(values_.data());
  p.queries = count;
  p.visible = visible_.data();
  p.out = out;
  p.out_stride = out_stride;
  p.scratch = scratch_.at_least<std::byte>(
      kernels::row_attention_scratch_bytes(static_cast<int>(keys_.size())));
  kernel.run(p);
}

void RowAttention::self(const SelfCache& cache, const SelfCache::Stream& stream, int layer,
                        int head, const float* q, std::ptrdiff_t q_stride, int count, float* out,
                        std::ptrdiff_t out_stride) {
  keys_.clear();
  values_.clear();
  for (const SelfCache::Page& page : stream.pages) {
    keys_.push_back(cache.keys(page, layer, head));
    values_.push_back(cache.values(page, layer, head));
  }
  visible_.clear();
  for (int i = 1; i <= count; ++i) visible_.push_back(stream.tokens + i);
  if (cache.number(layer) == Number::f32) {
    kernels::RowAttentionF32Params p;
    p.q = q;
    p.q_stride = q_stride;
    run(kernels_.row_attention_f32, p, count, out, out_stride);
  } else {
    convert(q, q_stride, count, LaneFormat::bf16);
    kernels::RowAttentionBf16Params p;
    p.q = converted_.data<std::uint16_t>();
    p.q_stride = kHeadWidth;
    run(kernels_.row_attention_bf16, p, count, out, out_stride);
  }
}

void RowAttention::cross(const CrossHeads& heads, int head, std::span<const float* const> q,
                         std::span<float* const> out, std::span<float* const> scores) {
  keys_.clear();
  values_.clear();
  for (int block = 0; block < heads.blocks(); ++block) {
    keys_.push_back(heads.key_block(head, block));
    values_.push_back(heads.value_block(head, block));
  }
  visible_.assign(q.size(), heads.keys());
  const auto count = static_cast<int>(q.size());
  float* gathered = gathered_.at_least<float>(q.size() * kHeadWidth);
  for (std::size_t i = 0; i < q.size(); ++i)
    std::copy_n(q[i], kHeadWidth, gathered + i * kHeadWidth);
  float* results = results_.at_least<float>(q.size() * kHeadWidth);
  const auto set = [&](auto& p) {
    p.q_stride = kHeadWidth;
    p.scores = scores.empty() ? nullptr : scores.data();
  };
  if (heads.number() == Number::i8) {
    convert(gathered, kHeadWidth, count, LaneFormat::s8);
    kernels::RowAttentionI8Params p;
    set(p);
    p.q = converted_.data<std::int8_t>();
    p.q_scales = q_scales_.data();
    p.k_scales = heads.key_scales(head);
    p.v_scales = heads.value_scales(head);
    run(kernels_.row_attention_i8, p, count, results, kHeadWidth);
  } else if (heads.number() == Number::bf16) {
    convert(gathered, kHeadWidth, count, LaneFormat::bf16);
    kernels::RowAttentionBf16Params p;
    set(p);
    p.q = converted_.data<std::uint16_t>();
    run(kernels_.row_attention_bf16, p, count, results, kHeadWidth);
  } else {
    kernels::RowAttentionF32Params p;
    set(p);
    p.q = gathered;
    run(kernels_.row_attention_f32, p, count, results, kHeadWidth);
  }
  for (std::size_t i = 0; i < q.size(); ++i) {
    std::copy_n(results + i * kHeadWidth, kHeadWidth, out[i]);
  }
}

}  // namespace tessera::compute::cpu
