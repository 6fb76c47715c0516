// Every matmul variant in the list against its op's oracle, on sizes around and beyond a tile.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "src/compute/dtype.h"
#include "src/compute/kernels/pack.h"
#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {
namespace {

struct MatmulShape {
  int m, k, n;
};

// Each of 1, 63, 64, 65 and 1500 as every side; 48 and 49 around a panel, 7 to 9 around its rows;
// and parts of every side.
constexpr MatmulShape kMatmulShapes[] = {
    {1, 1, 1},     {63, 64, 65},  {65, 63, 64},  {64, 65, 63},   {64, 64, 64},
    {1500, 64, 1}, {1, 1500, 63}, {65, 1, 1500}, {1500, 63, 65}, {7, 5, 48},
    {8, 6, 49},    {9, 7, 47},    {33, 1030, 50}};

// Elements that lie behind each row and must be left alone.
constexpr int kGap = 3;

std::vector<const Kernel*> kernels_here(const char* op) {
  std::vector<const Kernel*> found;
  for (const Kernel* kernel : kernels_of(op)) {
    if (runs_here(kernel->isa)) found.push_back(kernel);
  }
  return found;
}

template <class T>
T sentinel() {
  return static_cast<T>(-12345);
}

// Runs a variant into rows with gaps; the result, with the gaps, which the caller compares as well.
template <class Params, class A, class B, class C>
std::vector<C> product_of(const Kernel& kernel, const MatmulShape& shape, const std::vector<A>& a,
                          const B& b) {
  std::vector<C> c(static_cast<std::size_t>(shape.m) * (shape.n + kGap), sentinel<C>());
  Params params;
  params.a = a.data();
  params.a_stride = shape.k + kGap;
  params.b = b.data();
  params.c = c.data();
  params.c_stride = shape.n + kGap;
  params.m = shape.m;
  params.n = shape.n;
  params.k = shape.k;
  EXPECT_STREQ(kernel.run(params), kernel.name) << "another variant ran than the list says";
  for (int row = 0; row < shape.m; ++row) {
    for (int i = 0; i < kGap; ++i) {
      EXPECT_EQ(c[static_cast<std::size_t>(row * (shape.n + kGap) + shape.n + i)], sentinel<C>());
    }
  }
  return c;
}

std::string where(const Kernel& kernel, const MatmulShape& s) {
  return std::string(kernel.name) + " on " + std::to_string(s.m) + " x " + std::to_string(s.k) +
         " x " + std::to_string(s.n);
}

template <class T>
std::vector<T> filled(std::size_t count, auto draw) {
  std::vector<T> values(count);
  for (T& value : values) value = draw();
  return values;
}

TEST(MatmulI8, EveryVariantIsExact) {
  std::mt19937 random(7);
  const auto any = [&] { return static_cast<std::int8_t>(random()); };
  const auto extreme = [&] { return static_cast<std::int8_t>(random() % 2 ? -128 : 127); };
  const auto lowest = [] { return std::int8_t{-128}; };
  int compared = 0;
  const auto compare = [&](const MatmulShape& s, auto draw) {
    const auto a = filled<std::int8_t>(static_cast<std::size_t>(s.m) * (s.k + kGap), draw);
    const auto b = filled<std::int8_t>(static_cast<std::size_t>(s.k) * s.n, draw);
    const PackedPanels<std::uint8_t> panels = pack_i8(b.data(), s.n, s.k, s.n, false);
    std::vector<std::int32_t> expected(static_cast<std::size_t>(s.m) * (s.n + kGap),
                                       sentinel<std::int32_t>());
    for (int row = 0; row < s.m; ++row) {
      for (int column = 0; column < s.n; ++column) {
        std::int32_t sum = 0;
        for (int i = 0; i < s.k; ++i) {
          sum += a[static_cast<std::size_t>(row * (s.k + kGap) + i)] *
                 b[static_cast<std::size_t>(i * s.n + column)];
        }
        expected[static_cast<std::size_t>(row * (s.n + kGap) + column)] = sum;
      }
    }
    for (const Kernel* kernel : kernels_here(MatmulI8Params::kOp)) {
      const auto c =
          product_of<MatmulI8Params, std::int8_t, PackedPanels<std::uint8_t>, std::int32_t>(
              *kernel, s, a, panels);
      EXPECT_TRUE(c == expected) << where(*kernel, s);
      ++compared;
    }
  };
  for (const MatmulShape& shape : kMatmulShapes) {
    compare(shape, any);
    compare(shape, extreme);
  }
  compare({9, 1500, 49}, lowest);
  EXPECT_GT(compared, 0);
}

TEST(MatmulI8, TransposedMatricesArePackedAlike) {
  std::mt19937 random(8);
  constexpr int kDepth = 37, kColumns = 61;
  const auto b =
      filled<std::int8_t>(kDepth * kColumns, [&] { return static_cast<std::int8_t>(random()); });
  std::vector<std::int8_t> turned(b.size());
  for (int i = 0; i < kDepth; ++i) {
    for (int j = 0; j < kColumns; ++j) {
      turned[static_cast<std::size_t>(j * kDepth + i)] =
          b[static_cast<std::size_t>(i * kColumns + j)];
    }
  }
  auto one = pack_i8(b.data(), kColumns, kDepth, kColumns, false);
  auto other = pack_i8(turned.data(), kDepth, kDepth, kColumns, true);
  for (int i = 0; i < kDepth; ++i) {
    for (int j = 0; j < kColumns; ++j) EXPECT_EQ(one.at(i, j), other.at(i, j));
  }
}

// A sum of k products in any order, in float32: off by at most gamma_k = k u / (1 - k u) times the
// sum of the products' sizes, u = 2^-24 (Higham, Accuracy and Stability, 3.1); the instructions of
// BF16 round each of k / 2 pairs twice, which is the same number of roundings.
double bound(int k, double sum_of_sizes) {
  const double unit = std::ldexp(1.0, -24);
  return (k + 1) * unit / (1 - (k + 1) * unit) * sum_of_sizes;
}

template <class Params, class T, class Panels>
void expect_bounded(const MatmulShape& s, const std::vector<T>& a, const std::vector<T>& b,
                    const Panels& panels, auto widen, int& compared) {
  for (const Kernel* kernel : kernels_here(Params::kOp)) {
    const auto c = product_of<Params, T, Panels, float>(*kernel, s, a, panels);
    int wrong = 0;
    for (int row = 0; row < s.m; ++row) {
      for (int column = 0; column < s.n; ++column) {
        double sum = 0, sizes = 0;
        for (int i = 0; i < s.k; ++i) {
          const double product =
              static_cast<double>(widen(a[static_cast<std::size_t>(row * (s.k + kGap) + i)])) *
              widen(b[static_cast<std::size_t>(i * s.n + column)]);
          sum += product;
          sizes += std::abs(product);
        }
        const double found = c[static_cast<std::size_t>(row * (s.n + kGap) + column)];
        wrong += !(std::abs(found - sum) <= bound(s.k, sizes));
      }
    }
    EXPECT_EQ(wrong, 0) << where(*kernel, s);
    ++compared;
  }
}

// Sizes from 2^-6 to 2^6, so that the order of the sums matters.
auto uneven(std::mt19937& random) {
  return [&random, normal = std::normal_distribution<float>()]() mutable {
    return std::ldexp(normal(random), static_cast<int>(random() % 13) - 6);
  };
}

TEST(MatmulF32, EveryVariantIsWithinTheBoundOfASum) {
  std::mt19937 random(9);
  int compared = 0;
  for (const MatmulShape& s : kMatmulShapes) {
    const auto a = filled<float>(static_cast<std::size_t>(s.m) * (s.k + kGap), uneven(random));
    const auto b = filled<float>(static_cast<std::size_t>(s.k) * s.n, uneven(random));
    expect_bounded<MatmulF32Params>(
        s, a, b, pack_f32(b.data(), s.n, s.k, s.n, false), [](float value) { return value; },
        compared);
  }
  EXPECT_GT(compared, 0);
}

TEST(MatmulBf16, EveryVariantIsWithinTheBoundOfASum) {
  std::mt19937 random(10);
  int compared = 0;
  for (const MatmulShape& s : kMatmulShapes) {
    const auto draw = [next = uneven(random)]() mutable { return f32_to_bf16(next()); };
    const auto a = filled<std::uint16_t>(static_cast<std::size_t>(s.m) * (s.k + kGap), draw);
    const auto b = filled<std::uint16_t>(static_cast<std::size_t>(s.k) * s.n, draw);
    expect_bounded<MatmulBf16Params>(s, a, b, pack_bf16(b.data(), s.n, s.k, s.n, false),
                                     bf16_to_f32, compared);
  }
  EXPECT_GT(compared, 0);
}

}  // namespace
}  // namespace tessera::compute::kernels
