// Kernels in plain C++ for tests of plans: exact sums of integers, so that results are compared by
// equality.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "src/compute/npu/plan/builders/attention_plan.h"
#include "src/compute/npu/plan/builders/gemm_plan.h"

namespace tessera::compute::npu {

using Places = std::span<std::byte* const>;
using Numbers = std::span<const std::int32_t>;

inline CoreKernel stand_in(std::string name, std::vector<std::size_t> buffers, std::size_t scalars,
                           void (*run)(Places, Numbers)) {
  return {std::move(name), "stand_in_aie2.o", std::move(buffers), scalars, 1024, 512, run};
}

/// Where element (row, column) of a matrix in blocks lies.
inline std::size_t blocked_index(std::size_t row, std::size_t column, std::size_t columns,
                                 std::size_t block_rows, std::size_t block_columns) {
  const std::size_t block = row / block_rows * (columns / block_columns) + column / block_columns;
  return block * block_rows * block_columns + row % block_rows * block_columns +
         column % block_columns;
}

template <std::size_t M, std::size_t N>
void zero_sums(Places places, Numbers) {
  std::memset(places[0], 0, M * N * sizeof(std::int32_t));
}

/// int8 x int8 to int32 sums, in the blocks of mmul 4x8x8.
template <std::size_t M, std::size_t K, std::size_t N>
void multiply_add(Places places, Numbers) {
  const auto* a = reinterpret_cast<const std::int8_t*>(places[0]);
  const auto* b = reinterpret_cast<const std::int8_t*>(places[1]);
  auto* c = reinterpret_cast<std::int32_t*>(places[2]);
  for (std::size_t i = 0; i < M; ++i) {
    for (std::size_t j = 0; j < N; ++j) {
      std::int32_t sum = 0;
      for (std::size_t k = 0; k < K; ++k) {
        sum += a[blocked_index(i, k, K, 4, 8)] * b[blocked_index(k, j, N, 8, 8)];
      }
      c[blocked_index(i, j, N, 4, 8)] += sum;
    }
  }
}

/// The low byte of each sum.
template <std::size_t M, std::size_t N>
void low_bytes(Places places, Numbers) {
  const auto* sums = reinterpret_cast<const std::int32_t*>(places[0]);
  for (std::size_t i = 0; i < M * N; ++i) {
    places[1][i] = static_cast<std::byte>(static_cast<std::uint32_t>(sums[i]) & 0xFF);
  }
}

template <std::size_t M, std::size_t K, std::size_t N>
GemmKernels stand_in_gemm(bool finishes) {
  GemmKernels kernels{stand_in("zero", {M * N * 4}, 0, zero_sums<M, N>),
                      stand_in("multiply", {M * K, K * N, M * N * 4}, 0, multiply_add<M, K, N>),
                      {}};
  if (finishes) kernels.finish = stand_in("finish", {M * N * 4, M * N}, 0, low_bytes<M, N>);
  return kernels;
}

/// Attention with integer weights max(q.k, 0) % 16 instead of exponentials: exact in any order.
inline std::int32_t stand_in_weight(std::int32_t dot) { return std::max(dot, 0) % 16; }

inline constexpr std::size_t kTestRows = 8;   ///< queries and keys of a block
inline constexpr std::size_t kTestHead = 16;  ///< d_head

inline void begin_attention(Places places, Numbers) {
  std::memset(places[0], 0, kTestRows * kTestHead * 4);
  std::memset(places[1], 0, kTestRows * 4);
}

inline void step_attention(Places places, Numbers numbers) {
  const auto* q = reinterpret_cast<const std::int8_t*>(places[0]);
  const auto* k = reinterpret_cast<const std::int8_t*>(places[1]);
  const std::int8_t* v = k + kTestRows * kTestHead;
  auto* sums = reinterpret_cast<std::int32_t*>(places[2]);
  auto* total = reinterpret_cast<std::int32_t*>(places[3]);
  for (std::size_t i = 0; i < kTestRows; ++i) {
    for (std::size_t j = 0; j < static_cast<std::size_t>(numbers[0]); ++j) {
      std::int32_t dot = 0;
      for (std::size_t d = 0; d < kTestHead; ++d) {
        dot += q[blocked_index(i, d, kTestHead, 4, 8)] * k[blocked_index(j, d, kTestHead, 8, 8)];
      }
      const std::int32_t weight = stand_in_weight(dot);
      total[i] += weight;
      for (std::size_t d = 0; d < kTestHead; ++d) {
        sums[i * kTestHead + d] += weight * v[blocked_index(j, d, kTestHead, 8, 8)];
      }
    }
  }
}

inline void finish_attention(Places places, Numbers) {
  const auto* sums = reinterpret_cast<const std::int32_t*>(places[0]);
  const auto* total = reinterpret_cast<const std::int32_t*>(places[1]);
  for (std::size_t i = 0; i < kTestRows; ++i) {
    for (std::size_t d = 0; d < kTestHead; ++d) {
      places[2][blocked_index(i, d, kTestHead, 4, 8)] =
          static_cast<std::byte>(sums[i * kTestHead + d] / std::max(total[i], 1));
    }
  }
}

inline AttentionKernels stand_in_attention() {
  constexpr std::size_t kTile = kTestRows * kTestHead;
  return {stand_in("begin", {kTile * 4, kTestRows * 4}, 0, begin_attention),
          stand_in("step", {kTile, 2 * kTile, kTile * 4, kTestRows * 4}, 1, step_attention),
          stand_in("finish", {kTile * 4, kTestRows * 4, kTile}, 0, finish_attention)};
}

inline AttentionShape test_attention(std::int64_t heads, std::int64_t queries, std::int64_t keys) {
  return {.heads = heads,
          .queries = queries,
          .keys = keys,
          .d_head = kTestHead,
          .element_bytes = 1,
          .query_rows = kTestRows,
          .key_rows = kTestRows};
}

/// Random bytes from -20 to 20.
inline std::vector<std::byte> random_bytes(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(n);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(static_cast<std::int64_t>(random() % 41) - 20);
  }
  return bytes;
}

inline std::int32_t number_at(const std::vector<std::byte>& bytes, std::int64_t index) {
  return static_cast<std::int8_t>(bytes[static_cast<std::size_t>(index)]);
}

}  // namespace tessera::compute::npu
