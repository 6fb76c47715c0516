#include "src/compute/cpu/self_cache.h"

#include <gtest/gtest.h>

#include <numeric>

#include "src/compute/dtype.h"
#include "src/compute/kernels/lane_abi.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kBlockTokens;
using kernels::kHeadWidth;

constexpr int kLayers = 2, kHeads = 3;

float key_of(int layer, int head, int token, int c) {
  return static_cast<float>(((layer * kHeads + head) * 97 + token * 3 + c) % 251);
}

/// Appends `count` tokens to all layers and heads. `mark` is added to keys, taken off values.
void append(SelfCache& cache, SelfCache::Stream& stream, int count, float mark) {
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int head = 0; head < kHeads; ++head) {
      std::vector<float> keys, values;
      for (int i = 0; i < count; ++i) {
        for (int c = 0; c < kHeadWidth; ++c) {
          keys.push_back(key_of(layer, head, stream.tokens + i, c) + mark);
          values.push_back(key_of(layer, head, stream.tokens + i, c) - mark);
        }
      }
      cache.append(stream, layer, head, keys.data(), values.data(), kHeadWidth, count);
    }
  }
  stream.tokens += count;
}

void feed_rows(SelfCache& cache, SelfCache::Stream& stream, int count, float mark,
               base::ThreadPool& pool) {
  const SelfCache::Extension extension{&stream, count};
  cache.extend({&extension, 1}, pool);
  append(cache, stream, count, mark);
}

/// Expects key and value of a token where the kernels look for them.
void expect_token(const SelfCache& cache, const SelfCache::Stream& stream, int token, float mark) {
  const SelfCache::Page& page = stream.pages[static_cast<std::size_t>(token / kBlockTokens)];
  const int t = token % kBlockTokens;
  for (int layer = 0; layer < kLayers; ++layer) {
    const bool floats = cache.number(layer) == Number::f32;
    const int group = floats ? 1 : 2;
    const auto read = [&](const std::byte* block, int i) {
      return floats ? reinterpret_cast<const float*>(block)[i]
                    : bf16_to_f32(reinterpret_cast<const std::uint16_t*>(block)[i]);
    };
    for (int head = 0; head < kHeads; ++head) {
      for (int c = 0; c < kHeadWidth; ++c) {
        const float plain = key_of(layer, head, token, c);
        ASSERT_EQ(
            read(cache.keys(page, layer, head), (c / group * kBlockTokens + t) * group + c % group),
            plain + mark)
            << "token " << token << ", layer " << layer << ", head " << head;
        ASSERT_EQ(
            read(cache.values(page, layer, head), (t / group * kHeadWidth + c) * group + t % group),
            plain - mark);
      }
    }
  }
}

class SelfCacheTest : public testing::Test {
 protected:
  SelfCache cache_{{Number::i8, Number::f32}, kHeads};
  base::ThreadPool pool_{2};
};

TEST_F(SelfCacheTest, KeepsBytesAsBfloat16) {
  EXPECT_EQ(cache_.number(0), Number::bf16);
  EXPECT_EQ(cache_.number(1), Number::f32);
}

TEST_F(SelfCacheTest, StoresTokensInBlocks) {
  SelfCache::Stream stream;
  feed_rows(cache_, stream, 1, 0, pool_);
  feed_rows(cache_, stream, 46, 0, pool_);
  feed_rows(cache_, stream, 60, 0, pool_);
  EXPECT_EQ(stream.tokens, 107);
  EXPECT_EQ(stream.pages.size(), 3u);
  for (int token = 0; token < 107; ++token) expect_token(cache_, stream, token, 0);
}

TEST_F(SelfCacheTest, WhatNoTokenFilledIsZeroAlsoInPagesUsedBefore) {
  {
    SelfCache::Stream closed;
    feed_rows(cache_, closed, kBlockTokens, 1, pool_);
  }
  SelfCache::Stream stream;
  feed_rows(cache_, stream, 1, 0, pool_);
  const auto* keys = reinterpret_cast<const float*>(cache_.keys(stream.pages[0], 1, 0));
  for (int c = 0; c < kHeadWidth; ++c) {
    for (int t = 1; t < kBlockTokens; ++t) ASSERT_EQ(keys[c * kBlockTokens + t], 0.0f);
  }
}

TEST_F(SelfCacheTest, CopiesShareFullPagesAndPartWhereTheyGoOn) {
  SelfCache::Stream first;
  feed_rows(cache_, first, kBlockTokens + 5, 0, pool_);
  SelfCache::Stream second = first, third = first;
  const std::byte* begun = first.pages[1].get();
  const SelfCache::Extension all[] = {{&first, 1}, {&second, 1}, {&third, 1}};
  cache_.extend(all, pool_);
  append(cache_, first, 1, 0.5f);
  append(cache_, second, 1, 0.25f);
  append(cache_, third, 1, 0.125f);
  EXPECT_EQ(first.pages[0], second.pages[0]);
  EXPECT_NE(first.pages[1], second.pages[1]);
  EXPECT_NE(second.pages[1], third.pages[1]);
  EXPECT_EQ(third.pages[1].get(), begun) << "the last needs no copy";
  for (int token = 0; token < kBlockTokens + 5; ++token) {
    for (const auto* stream : {&first, &second, &third}) expect_token(cache_, *stream, token, 0);
  }
  // In bfloat16 numbers up to 251 have no room for the marks: only the f32 layer tells.
  const auto key = [&](const SelfCache::Stream& stream) {
    return reinterpret_cast<const float*>(cache_.keys(stream.pages[1], 1, 2))[5];
  };
  EXPECT_EQ(key(first) - key(second), 0.25f);
  EXPECT_EQ(key(second) - key(third), 0.125f);
}

TEST_F(SelfCacheTest, FullPagesAreNotCopied) {
  SelfCache::Stream first;
  feed_rows(cache_, first, kBlockTokens, 0, pool_);
  SelfCache::Stream second = first;
  feed_rows(cache_, first, 1, 1, pool_);
  feed_rows(cache_, second, 1, 2, pool_);
  EXPECT_EQ(first.pages[0], second.pages[0]);
  EXPECT_NE(first.pages[1], second.pages[1]);
}

}  // namespace
}  // namespace tessera::compute::cpu
