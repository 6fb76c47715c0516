// Products of tiles against exact integers, and the nine-term sums of bfloat16 against a slow
// model of them in integers.
#include <bit>
#include <cmath>
#include <cstring>
#include <random>

#include "src/compute/npu/emulator/aie_api/aie.hpp"
#include "src/compute/npu/emulator/test_core.h"

namespace tessera::compute::npu {
namespace {

template <class T, unsigned N>
aie::vector<T, N> vector_of(const std::vector<T>& values) {
  aie::vector<T, N> v;
  std::copy(values.begin(), values.end(), v.lanes());
  v.define();
  return v;
}

template <class T>
std::vector<T> random_operands(std::mt19937_64& random, std::size_t count) {
  std::vector<T> numbers(count);
  for (auto& x : numbers) {
    const std::uint64_t kind = random() % 4;  // extremes are as likely as all others
    x = kind == 0   ? std::numeric_limits<T>::min()
        : kind == 1 ? std::numeric_limits<T>::max()
                    : static_cast<T>(random());
  }
  return numbers;
}

// c + a b in 128 bits, then what of it fits the lanes of the accumulator.
template <unsigned M, unsigned K, unsigned N, class A, class B, class Tag = accauto>
void compare_product(std::mt19937_64& random) {
  using Mmul = aie::mmul<M, K, N, A, B, Tag>;
  using Lane = typename Mmul::accum_type::Lane;
  for (int round = 0; round < 20; ++round) {
    const auto a = random_operands<A>(random, M * K);
    const auto b = random_operands<B>(random, K * N);
    typename Mmul::accum_type before;
    for (unsigned i = 0; i < M * N; ++i) before.lanes()[i] = static_cast<Lane>(random());
    before.define();
    Mmul product(before);
    product.mac(vector_of<A, M * K>(a), vector_of<B, K * N>(b));
    for (unsigned i = 0; i < M * N; ++i) {
      __int128 sum = before.lanes()[i];
      for (unsigned k = 0; k < K; ++k) {
        sum += static_cast<__int128>(a[i / N * K + k]) * b[k * N + i % N];
      }
      ASSERT_EQ(product.to_accum().lanes()[i], static_cast<Lane>(static_cast<std::uint64_t>(sum)))
          << M << "x" << K << "x" << N << " lane " << i;
    }
  }
}

TEST(Mmul, IntegersAreExactModuloTheAccumulator) {
  const TestCore core;
  std::mt19937_64 random(3);
  compare_product<4, 8, 8, std::int8_t, std::int8_t>(random);
  compare_product<4, 8, 8, std::uint8_t, std::int8_t>(random);
  compare_product<4, 8, 8, std::int8_t, std::uint8_t>(random);
  compare_product<4, 8, 8, std::uint8_t, std::uint8_t>(random);
  compare_product<2, 8, 8, std::int8_t, std::int8_t>(random);
  compare_product<8, 8, 8, std::int8_t, std::int8_t>(random);
  compare_product<4, 16, 4, std::int8_t, std::int8_t>(random);
  compare_product<8, 8, 4, std::uint8_t, std::int8_t>(random);
  compare_product<4, 4, 8, std::int16_t, std::int8_t>(random);
  compare_product<4, 4, 4, std::int16_t, std::int16_t>(random);
  compare_product<4, 4, 8, std::int16_t, std::int16_t>(random);
  compare_product<4, 2, 8, std::int16_t, std::int16_t, acc32>(random);
}

TEST(Mmul, FourBitFactorsLieInPairs) {
  const TestCore core;
  std::mt19937_64 random(4);
  const auto a = random_operands<std::int8_t>(random, 64);
  aie::vector<int4, 128> b;
  for (unsigned i = 0; i < 64; ++i) b.lanes()[i].pair = static_cast<std::uint8_t>(random());
  b.define();
  aie::mmul<4, 16, 8, std::int8_t, int4> product;
  product.mac(vector_of<std::int8_t, 64>(a), b);
  for (unsigned i = 0; i < 32; ++i) {
    int sum = 0;
    for (unsigned k = 0; k < 16; ++k) {
      const unsigned at = k * 8 + i % 8;
      const int value = b.lanes()[at / 2].pair >> at % 2 * 4 & 15;
      sum += a[i / 8 * 16 + k] * (value < 8 ? value : value - 16);
    }
    ASSERT_EQ(product.to_accum().lanes()[i], sum) << i;
  }
}

TEST(Mmul, TheFirstMacOfANewOneIsAProduct) {
  TestCore core;
  const auto a = aie::broadcast<std::int8_t, 32>(2);
  const auto b = aie::broadcast<std::int8_t, 64>(3);
  aie::mmul<4, 8, 8, std::int8_t, std::int8_t> product;
  product.mac(a, b);
  EXPECT_EQ(product.to_accum().lanes()[31], 48);
  product.mac(a, b);
  EXPECT_EQ(product.to_accum().lanes()[0], 96);
  product.mul(a, b);
  EXPECT_EQ(product.to_accum().lanes()[0], 48);
  EXPECT_EQ(core.issued().products, 3);
}

TEST(Mmul, SumsGoOutByTheModesOfTheCore) {
  const TestCore core;
  const auto a = aie::broadcast<std::int8_t, 32>(3);
  const auto b = aie::broadcast<std::int8_t, 64>(25);
  aie::mmul<4, 8, 8, std::int8_t, std::int8_t> product;
  product.mul(a, b);  // 600
  EXPECT_EQ(product.to_vector<std::int8_t>(0).get(5), 88) << "600 - 512";
  EXPECT_EQ(product.to_vector<std::int8_t>(4).get(5), 37) << "37.5 to the floor";
  aie::set_saturation(aie::saturation_mode::saturate);
  aie::set_rounding(aie::rounding_mode::conv_even);
  EXPECT_EQ(product.to_vector<std::int8_t>(0).get(5), 127);
  EXPECT_EQ(product.to_vector<std::int8_t>(4).get(5), 38);
  EXPECT_EQ(product.to_vector<std::int32_t>(4).get(5), 600) << "the same bits: no shift";
}

// Of a float32 or a product of two bfloat16: sign * mantissa * 2^exponent.
__int128 round_shift_to_even(__int128 x, int shift) {
  if (shift <= 0) return x << -shift;
  if (shift > 100) return 0;
  const __int128 unit = static_cast<__int128>(1) << shift, below = x >> shift;
  const __int128 twice = 2 * (x - (below << shift));
  return below + (twice > unit || (twice == unit && (below & 1) != 0) ? 1 : 0);
}

// The rule of the fact sheet in integers: numbers that are multiples of 2^-40.
float nine_terms(const std::vector<double>& terms) {
  int largest = -1000;
  for (const double term : terms) {
    if (term != 0) largest = std::max(largest, std::ilogb(term));
  }
  if (largest == -1000) return 0;
  const int grid = largest - 23;  // 24 bits from the largest exponent on
  __int128 sum = 0;
  for (const double term : terms) {
    sum += round_shift_to_even(static_cast<__int128>(std::ldexp(term, 60)), grid + 60);
  }
  // At most 28 bits: float64 holds the sum, and its conversion is the last rounding.
  return static_cast<float>(std::ldexp(static_cast<double>(sum), grid));
}

aie::vector<bfloat16, 32> bfloat16_tile(std::mt19937_64& random, int exponents) {
  aie::vector<bfloat16, 32> tile;
  for (unsigned i = 0; i < 32; ++i) {
    const auto sign_and_mantissa = static_cast<std::uint16_t>(random() & 0x807f);
    const auto exponent = static_cast<std::uint16_t>(127 - random() % exponents);
    tile.lanes()[i].bits = random() % 9 == 0
                               ? std::uint16_t{0}
                               : static_cast<std::uint16_t>(sign_and_mantissa | exponent << 7);
  }
  tile.define();
  return tile;
}

TEST(Mmul, Bfloat16AlignsNineTerms) {
  const TestCore core;
  std::mt19937_64 random(5);
  int differs = 0;
  for (int round = 0; round < 200; ++round) {
    const auto a = bfloat16_tile(random, 12), b = bfloat16_tile(random, 12);
    aie::mmul<4, 8, 4, bfloat16, bfloat16> product;
    product.mul(bfloat16_tile(random, 12), bfloat16_tile(random, 12));
    const auto before = product.to_accum();
    product.mac(a, b);
    for (unsigned i = 0; i < 16; ++i) {
      std::vector<double> terms = {before.lanes()[i]};
      float in_order = before.lanes()[i];
      for (unsigned k = 0; k < 8; ++k) {
        const float x = a.lanes()[i / 4 * 8 + k].to_float(),
                    y = b.lanes()[k * 4 + i % 4].to_float();
        terms.push_back(static_cast<double>(x) * y);
        in_order = std::fma(x, y, in_order);
      }
      ASSERT_EQ(product.to_accum().lanes()[i], nine_terms(terms)) << round << " " << i;
      differs += product.to_accum().lanes()[i] != in_order ? 1 : 0;
    }
  }
  EXPECT_GT(differs, 100) << "the rule is not that of float32 sums";
}

// Exponents of all sizes, zeros of both signs, infinities and NaN: the way by integers gives the
// bits of the way by float64.
TEST(Mmul, Bfloat16ByIntegersIsBfloat16ByDoubles) {
  std::mt19937 random(9);
  const auto number = [&](int round, std::uint32_t mantissa) {
    const std::uint32_t least[] = {0, 100, 124, 60, 127, 200, 0},
                        range[] = {256, 50, 8, 10, 1, 56, 140};
    const std::uint32_t exponent = least[round % 7] + random() % range[round % 7];
    const std::uint32_t bits = (random() % 2) << 31 | exponent << 23 | (random() & mantissa);
    const bool is_zero = random() % (round % 7 == 4 ? 2 : 16) == 0;
    return std::bit_cast<float>(is_zero ? bits & 0x80000000 : bits);
  };
  int by_integers = 0;
  for (int round = 0; round < 7000; ++round) {
    float a[32], b[32], got[16], expected[16];
    double wide_a[32], wide_b[32];
    for (int i = 0; i < 32; ++i) {
      a[i] = number(round, 0x7f0000);
      b[i] = number(round, 0x7f0000);
      wide_a[i] = static_cast<double>(a[i]);
      wide_b[i] = static_cast<double>(b[i]);
    }
    for (int i = 0; i < 16; ++i) got[i] = expected[i] = number(round / 7, 0x7fffff);
    float row[4] = {got[0], got[1], got[2], got[3]};
    by_integers += add_scaled_terms(a, b, 4, row) ? 1 : 0;
    add_nine_bf16_terms<4, 4>(a, b, got);
    for (int m = 0; m < 4; ++m) add_nine_terms<4>(wide_a + 8 * m, wide_b, expected + 4 * m);
    ASSERT_EQ(std::memcmp(got, expected, sizeof got), 0) << round;
  }
  EXPECT_GT(by_integers, 2000);
  EXPECT_LT(by_integers, 6500);
}

TEST(Mmul, Bfloat16CasesByHand) {
  const auto sum = [](float start, std::vector<double> products) {
    products.resize(8);
    const std::vector<double> ones(8, 1.0);
    add_nine_terms<1>(products.data(), ones.data(), &start);
    return start;
  };
  // 2^-24 and half of a unit at 1: each rounds to even, which is to nothing, though eight of them
  // are four units.
  EXPECT_EQ(sum(1.0f, std::vector<double>(8, 0x1p-24)), 1.0f);
  // Each rounds to a whole unit of 2^-23.
  EXPECT_EQ(sum(1.0f, std::vector<double>(8, 0x1.8p-24)), 1.0f + 8 * 0x1p-23f);
  // In order 2^24 + 1 - 2^24 is 0; so it is here, where 1 is half of a unit of 2^24.
  EXPECT_EQ(sum(0x1p24f, {1, -0x1p24}), 0.0f);
  EXPECT_EQ(sum(0x1p24f, {3, -0x1p24}), 4.0f) << "3 is one and a half units: to even";
  EXPECT_EQ(sum(0, {0x1p127, 0x1p127}), INFINITY);
  EXPECT_EQ(sum(0, {INFINITY, 1}), INFINITY);
  EXPECT_TRUE(std::isnan(sum(0, {INFINITY, -INFINITY})));
  EXPECT_TRUE(std::isnan(sum(NAN, {1})));
  EXPECT_EQ(sum(0x1p-140f, {0x1p-140}), 0x1p-139f) << "denormal sums";
  EXPECT_EQ(sum(0, {}), 0.0f);
}

}  // namespace
}  // namespace tessera::compute::npu
