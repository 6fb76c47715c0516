// The seed's original kernels on a picture of their tile's memory, where local variables may lie on
// top of the operands: the original reserved 1 KB of stack just below its input buffer and used 2.5
// to 4.3 KB, so that each call wrote over queries that it had still to read.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/compute/kernels/tile_attention/tile_seed_inl.h"

namespace tessera::compute::kernels {

inline constexpr std::size_t kSeedTileBytes = std::size_t{64} << 10;
inline constexpr std::size_t kSeedInput = 0x400;  // queries, keys, values: the ping buffer
inline constexpr std::size_t kSeedOutput = 0x6400;
inline constexpr std::size_t kSeedFree = 0x8000;  // nothing of the original lies from here on

/// Where the locals of a call lie, in bytes from the start of the stack.
struct SeedFrame {
  std::size_t scores;   ///< (32, 64) int8, or (64) int32
  std::size_t weights;  ///< (32, 64) int8
  std::size_t exps;     ///< (64) int32
};

/// No local lies on an operand.
inline constexpr SeedFrame kSeedNoOverflow = {kSeedFree, kSeedFree + 0x1000, kSeedFree + 0x2000};

/// exps, scores, weights in that order from the start of the stack: variants A to C.
inline constexpr SeedFrame kSeedFrameInt8 = {256, 256 + 2048, 0};

/// The row of scores, weights, exps: variant D, whose frame begins 32 to 96 bytes into the stack.
inline constexpr SeedFrame seed_frame_int32(std::size_t start) {
  return {start, start + 256, start + 256 + 2048};
}

/// One call after the other on the tile's memory, every access through it.
template <class Softmax>
class SeedMemory {
 public:
  explicit SeedMemory(SeedFrame frame) : frame_(frame) {}

  /// q, k, v: (64, 64). Returns out (64, 64).
  std::vector<std::int8_t> run(const std::vector<std::int8_t>& q, const std::vector<std::int8_t>& k,
                               const std::vector<std::int8_t>& v, int shift) {
    std::copy(q.begin(), q.end(), bytes_.begin() + kSeedInput);
    std::copy(k.begin(), k.end(), bytes_.begin() + kSeedInput + q.size());
    std::copy(v.begin(), v.end(), bytes_.begin() + kSeedInput + 2 * q.size());
    for (std::size_t first = 0; first < kTile; first += kSeedRows) call(first, shift);
    return {bytes_.begin() + kSeedOutput,
            bytes_.begin() + kSeedOutput + static_cast<std::ptrdiff_t>(q.size())};
  }

 private:
  static constexpr bool kKeepsAllScores = sizeof(typename Softmax::Score) == 1;

  void call(std::size_t first, int shift) {
    if (kKeepsAllScores) {
      for (std::size_t row = 0; row < kSeedRows; ++row) score(first + row, row, shift);
      for (std::size_t row = 0; row < kSeedRows; ++row) weigh(row, row);
    } else {
      for (std::size_t row = 0; row < kSeedRows; ++row) {
        score(first + row, 0, shift);
        weigh(0, row);
      }
    }
    for (std::size_t row = 0; row < kSeedRows; ++row) add_values(first + row, row);
  }

  void score(std::size_t query, std::size_t row, int shift) {
    for (std::size_t key = 0; key < kTile; ++key) {
      std::int32_t sum = 0;
      for (std::size_t d = 0; d < kTile; ++d) {
        sum += bytes_[kSeedInput + query * kTile + d] *
               bytes_[kSeedInput + kTile * kTile + key * kTile + d];
      }
      typename Softmax::Score value;
      seed_store(value, sum >> shift);
      put(frame_.scores + (row * kTile + key) * sizeof value, value);
    }
  }

  std::int32_t score_at(std::size_t row, std::size_t key) const {
    using Score = typename Softmax::Score;
    return get<Score>(frame_.scores + (row * kTile + key) * sizeof(Score));
  }

  void weigh(std::size_t score_row, std::size_t weight_row) {
    std::int32_t best = score_at(score_row, 0);
    for (std::size_t key = 1; key < kTile; ++key) best = std::max(best, score_at(score_row, key));
    std::int32_t total = 0;
    for (std::size_t key = 0; key < kTile; ++key) {
      const std::int32_t e = Softmax::exp(best - score_at(score_row, key));
      put(frame_.exps + key * sizeof e, e);
      total += e;
    }
    for (std::size_t key = 0; key < kTile; ++key) {
      const auto e = get<std::int32_t>(frame_.exps + key * sizeof(std::int32_t));
      put(frame_.weights + weight_row * kTile + key,
          static_cast<std::int8_t>(Softmax::weight(e, total)));
    }
  }

  void add_values(std::size_t query, std::size_t row) {
    for (std::size_t d = 0; d < kTile; ++d) {
      std::int32_t sum = 0;
      for (std::size_t key = 0; key < kTile; ++key) {
        sum += bytes_[frame_.weights + row * kTile + key] *
               bytes_[kSeedInput + 2 * kTile * kTile + key * kTile + d];
      }
      bytes_[kSeedOutput + query * kTile + d] = seed_clamp(Softmax::narrow(sum));
    }
  }

  template <class T>
  void put(std::size_t where, T value) {
    std::memcpy(bytes_.data() + where, &value, sizeof value);
  }
  template <class T>
  T get(std::size_t where) const {
    T value;
    std::memcpy(&value, bytes_.data() + where, sizeof value);
    return value;
  }

  SeedFrame frame_;
  std::vector<std::int8_t> bytes_ = std::vector<std::int8_t>(kSeedTileBytes);
};

}  // namespace tessera::compute::kernels
