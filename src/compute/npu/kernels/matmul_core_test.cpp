// Products that a core narrows itself, and what goes before and after products. That sums in 32
// bits are exact is for the test of matmul_i8, of which tiles_aie2 is a variant.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "src/compute/kernels/matmul_i8/matmul_i8_aie2.h"
#include "src/compute/npu/emulator/core_state.h"

namespace tessera::compute::npu {
namespace {

constexpr int kProductRowBlocks = 8, kDepthBlocks = 5, kColumnBlocks = 4;  // blocks

template <class T>
T* place(CoreState& core, const char* name, std::size_t count, std::size_t bank) {
  return reinterpret_cast<T*>(core.place(name, count * sizeof(T), bank));
}

std::int64_t round_product(std::int64_t x, int shift) {
  if (shift == 0) return x;
  return (x + (std::int64_t{1} << (shift - 1)) - 1 + (x >> shift & 1)) >> shift;
}

template <class Out>
void compare_narrowed(int shift,
                      void (*kernel)(const std::int8_t*, const std::int8_t*, Out*, std::int32_t,
                                     std::int32_t, std::int32_t, std::int32_t)) {
  std::mt19937 random(static_cast<unsigned>(shift));
  CoreState core;
  auto* const a = place<std::int8_t>(core, "a", kProductRowBlocks * kDepthBlocks * 32, 0);
  auto* const b = place<std::int8_t>(core, "b", kDepthBlocks * kColumnBlocks * 64, 1);
  auto* const c = place<Out>(core, "c", kProductRowBlocks * kColumnBlocks * 32, 2);
  std::generate_n(a, kProductRowBlocks * kDepthBlocks * 32,
                  [&] { return static_cast<std::int8_t>(random()); });
  std::generate_n(b, kDepthBlocks * kColumnBlocks * 64,
                  [&] { return static_cast<std::int8_t>(random()); });
  const CoreScope scope(core, "matmul");
  kernel(a, b, c, kProductRowBlocks, kDepthBlocks, kColumnBlocks, shift);
  int clamped = 0;
  for (int row = 0; row < kProductRowBlocks * 4; ++row) {
    for (int column = 0; column < kColumnBlocks * 8; ++column) {
      std::int32_t sum = 0;
      for (int k = 0; k < kDepthBlocks * 8; ++k) {
        sum += a[(row / 4 * kDepthBlocks + k / 8) * 32 + row % 4 * 8 + k % 8] *
               b[(k / 8 * kColumnBlocks + column / 8) * 64 + k % 8 * 8 + column % 8];
      }
      const std::int64_t rounded = round_product(sum, shift);
      const std::int64_t fits = std::clamp<std::int64_t>(rounded, std::numeric_limits<Out>::min(),
                                                         std::numeric_limits<Out>::max());
      clamped += fits != rounded ? 1 : 0;
      ASSERT_EQ(c[(row / 4 * kColumnBlocks + column / 8) * 32 + row % 4 * 8 + column % 8], fits)
          << row << " " << column << " by " << shift;
    }
  }
  EXPECT_TRUE(clamped > 0 || shift > 0) << "nothing was too large";
}

TEST(MatmulCore, NarrowsToSixteenAndEightBits) {
  compare_narrowed<std::int16_t>(0, matmul_i8_i16);
  compare_narrowed<std::int16_t>(5, matmul_i8_i16);
  compare_narrowed<std::int8_t>(0, matmul_i8_i8);
  compare_narrowed<std::int8_t>(9, matmul_i8_i8);
}

TEST(MatmulCore, AddsToWhatThereIs) {
  CoreState core;
  auto* const a = place<std::int8_t>(core, "a", 4 * 32, 0);
  auto* const b = place<std::int8_t>(core, "b", 2 * 64, 1);
  auto* const c = place<std::int32_t>(core, "c", 4 * 2 * 32, 2);
  std::fill_n(a, 4 * 32, std::int8_t{-3});
  std::fill_n(b, 2 * 64, std::int8_t{5});
  const CoreScope scope(core, "matmul");
  clear_i32(c, 8);
  for (int times = 1; times <= 3; ++times) {
    matmul_i8_i32(a, b, c, 4, 1, 2);
    EXPECT_EQ(c[0], -120 * times);
    EXPECT_EQ(c[255], -120 * times);
  }
}

TEST(MatmulCore, RequantisesWithAMultiplier) {
  std::mt19937 random(3);
  CoreState core;
  constexpr int kBlocks = 20;
  auto* const c = place<std::int32_t>(core, "c", kBlocks * 32, 2);
  auto* const out = place<std::int8_t>(core, "out", kBlocks * 32, 0);
  std::generate_n(c, kBlocks * 32, [&] { return static_cast<std::int32_t>(random()) >> 10; });
  c[0] = 2147483647;
  c[1] = -2147483647 - 1;
  c[2] = 1 << 14;  // half of a unit: to even
  c[3] = 3 << 14;
  const CoreScope scope(core, "requantise");
  for (const auto& [multiplier, shift] : {std::pair{1, 15}, {20077, 28}, {32767, 47}, {-5, 3}}) {
    requantise_i32_i8(c, out, kBlocks, multiplier, shift);
    for (int i = 0; i < kBlocks * 32; ++i) {
      const std::int64_t exact = round_product(std::int64_t{c[i]} * multiplier, shift);
      ASSERT_EQ(out[i], std::clamp<std::int64_t>(exact, -128, 127)) << c[i] << " " << multiplier;
    }
  }
}

TEST(MatmulCore, TransposesBlocks) {
  CoreState core;
  constexpr int kTall = 2, kWide = 3;
  auto* const in = place<std::int8_t>(core, "in", kTall * kWide * 64, 0);
  auto* const out = place<std::int8_t>(core, "out", kTall * kWide * 64, 1);
  for (int i = 0; i < kTall * kWide * 64; ++i) in[i] = static_cast<std::int8_t>(i * 7);
  const CoreScope scope(core, "transpose");
  transpose_i8(in, out, kTall, kWide);
  for (int row = 0; row < kTall * 8; ++row) {
    for (int column = 0; column < kWide * 8; ++column) {
      ASSERT_EQ(out[(column / 8 * kTall + row / 8) * 64 + column % 8 * 8 + row % 8],
                in[(row / 8 * kWide + column / 8) * 64 + row % 8 * 8 + column % 8]);
    }
  }
}

}  // namespace
}  // namespace tessera::compute::npu
