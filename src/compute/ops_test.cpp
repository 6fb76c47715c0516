#include "tessera/ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "src/compute/dtype.h"

namespace tessera::ops {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr float kUntouched = -99;  // what every element type can hold

// A matrix with elements behind each row, which must stay as they are.
template <class T>
struct Owned {
  Owned(std::int64_t rows, std::int64_t columns, std::int64_t gap = 3)
      : rows(rows),
        columns(columns),
        stride(columns + gap),
        data(static_cast<std::size_t>(rows * stride), static_cast<T>(kUntouched)) {}

  T& at(std::int64_t row, std::int64_t column) {
    return data[static_cast<std::size_t>(row * stride + column)];
  }
  const T& at(std::int64_t row, std::int64_t column) const {
    return data[static_cast<std::size_t>(row * stride + column)];
  }
  Matrix<const T> view() const { return {data.data(), rows, columns, stride}; }
  Matrix<T> view() { return {data.data(), rows, columns, stride}; }

  void fill(auto draw) {
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t column = 0; column < columns; ++column) at(row, column) = draw();
    }
  }
  bool gaps_untouched() const {
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = columns; i < stride; ++i) {
        if (at(row, i) != static_cast<T>(kUntouched)) return false;
      }
    }
    return true;
  }

  std::int64_t rows, columns, stride;
  std::vector<T> data;
};

struct ProductShape {
  std::int64_t m, k, n;
};

constexpr ProductShape kProductShapes[] = {{1, 1, 1},        {63, 63, 63}, {64, 64, 64},
                                           {65, 65, 65},     {1, 65, 63},  {1500, 64, 1500},
                                           {3001, 512, 512}, {2, 1500, 1}, {385, 193, 49}};

std::mt19937& random_bits() {
  static std::mt19937 bits(5);
  return bits;
}

float normal_value() {
  static std::normal_distribution<float> distribution;
  return distribution(random_bits());
}

// Every row with some columns; sums in float64 and the sizes of their products.
template <class A>
int wrong_elements(const Owned<A>& a, const Owned<A>& b, const auto& c, bool exact, auto widen) {
  int wrong = 0;
  const std::int64_t step = std::max<std::int64_t>(1, b.columns / 7);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t column = row % step; column < b.columns; column += step) {
      double sum = 0, sizes = 0;
      for (std::int64_t i = 0; i < a.columns; ++i) {
        const double product = widen(a.at(row, i)) * widen(b.at(i, column));
        sum += product;
        sizes += std::abs(product);
      }
      const double allowed =
          exact ? 0 : std::ldexp(static_cast<double>(a.columns + 1), -24) * sizes;
      wrong += !(std::abs(static_cast<double>(c.at(row, column)) - sum) <= allowed);
    }
  }
  return wrong;
}

template <class T, class C>
void check_matmul(const ProductShape& s, bool exact, auto draw, auto widen,
                  const OpOptions& options) {
  Owned<T> a(s.m, s.k), b(s.k, s.n);
  a.fill(draw);
  b.fill(draw);
  Owned<C> c(s.m, s.n);
  const auto& constant_a = a;
  const auto& constant_b = b;
  matmul(constant_a.view(), constant_b.view(), c.view(), options);
  EXPECT_EQ(wrong_elements(a, b, c, exact, widen), 0) << s.m << " x " << s.k << " x " << s.n;
  EXPECT_TRUE(c.gaps_untouched());

  Owned<C> again(s.m, s.n);
  const PackedMatrix<T> packed(constant_b.view(), options.isa);
  EXPECT_EQ(packed.rows(), s.k);
  EXPECT_EQ(packed.columns(), s.n);
  matmul(constant_a.view(), packed, again.view(), options.threads);
  EXPECT_EQ(again.data, c.data) << "packed before";
}

TEST(Matmul, AnySizeInEachFormat) {
  for (const ProductShape& s : kProductShapes) {
    for (const int threads : {1, 2}) {
      if (threads == 2 && s.m > 2000) continue;  // the longest once
      const OpOptions options{.threads = threads, .isa = ""};
      check_matmul<float, float>(
          s, false, normal_value, [](float x) { return static_cast<double>(x); }, options);
      check_matmul<std::int8_t, std::int32_t>(
          s, true, [] { return static_cast<std::int8_t>(random_bits()()); },
          [](std::int8_t x) { return static_cast<double>(x); }, options);
    }
  }
}

TEST(Matmul, BrainFloats) {
  for (const ProductShape& s : kProductShapes) {
    if (s.m > 2000) continue;
    std::vector<Bf16> a(static_cast<std::size_t>(s.m * s.k)),
        b(static_cast<std::size_t>(s.k * s.n));
    for (Bf16& x : a) x.bits = compute::f32_to_bf16(normal_value());
    for (Bf16& x : b) x.bits = compute::f32_to_bf16(normal_value());
    Owned<float> c(s.m, s.n), wide_a(s.m, s.k, 0), wide_b(s.k, s.n, 0);
    for (std::size_t i = 0; i < a.size(); ++i) wide_a.data[i] = compute::bf16_to_f32(a[i].bits);
    for (std::size_t i = 0; i < b.size(); ++i) wide_b.data[i] = compute::bf16_to_f32(b[i].bits);
    matmul(Matrix<const Bf16>{a.data(), s.m, s.k, 0}, Matrix<const Bf16>{b.data(), s.k, s.n, 0},
           c.view());
    EXPECT_EQ(
        wrong_elements(wide_a, wide_b, c, false, [](float x) { return static_cast<double>(x); }), 0)
        << s.m << " x " << s.k << " x " << s.n;
  }
}

TEST(Matmul, EveryTierGivesTheSameIntegers) {
  Owned<std::int8_t> a(65, 130), b(130, 70);
  a.fill([] { return static_cast<std::int8_t>(random_bits()()); });
  b.fill([] { return static_cast<std::int8_t>(random_bits()()); });
  const auto& constant_a = a;
  const auto& constant_b = b;
  Owned<std::int32_t> best(65, 70), portable(65, 70);
  matmul(constant_a.view(), constant_b.view(), best.view());
  matmul(constant_a.view(), constant_b.view(), portable.view(), {.threads = 1, .isa = "portable"});
  EXPECT_EQ(best.data, portable.data);
}

TEST(Linear, IsAProductWithTheTransposedWeightAndABias) {
  for (const ProductShape& s :
       {ProductShape{1, 1, 1}, ProductShape{63, 65, 64}, ProductShape{1500, 64, 65}}) {
    Owned<float> x(s.m, s.k), weight(s.n, s.k), turned(s.k, s.n), out(s.m, s.n), plain(s.m, s.n);
    x.fill(normal_value);
    weight.fill(normal_value);
    std::vector<float> bias(static_cast<std::size_t>(s.n));
    for (float& value : bias) value = normal_value();
    for (std::int64_t i = 0; i < s.n; ++i) {
      for (std::int64_t j = 0; j < s.k; ++j) turned.at(j, i) = weight.at(i, j);
    }
    const auto& constant_x = x;
    const auto& constant_weight = weight;
    const auto& constant_turned = turned;
    linear(constant_x.view(), constant_weight.view(), bias.data(), out.view());
    matmul(constant_x.view(), constant_turned.view(), plain.view());
    for (std::int64_t row = 0; row < s.m; ++row) {
      for (std::int64_t i = 0; i < s.n; ++i) {
        ASSERT_EQ(out.at(row, i), plain.at(row, i) + bias[static_cast<std::size_t>(i)]);
      }
    }
    EXPECT_TRUE(out.gaps_untouched());
  }
}

// float32 weights: each exp is right to 1e-6 of itself, and so is their sum.
constexpr double kSoftmaxError = 3e-6;

TEST(Softmax, OfRowsOfAnyLength) {
  for (const std::int64_t columns : {1, 63, 64, 65, 1500}) {
    Owned<float> x(67, columns), out(67, columns);
    x.fill([] { return 5 * normal_value(); });
    const auto& constant_x = x;
    softmax(constant_x.view(), out.view(), {.threads = 2, .isa = ""});
    for (std::int64_t row = 0; row < x.rows; ++row) {
      double best = -1e9, total = 0;
      for (std::int64_t i = 0; i < columns; ++i) best = std::max<double>(best, x.at(row, i));
      for (std::int64_t i = 0; i < columns; ++i) total += std::exp(x.at(row, i) - best);
      for (std::int64_t i = 0; i < columns; ++i) {
        const double expected = std::exp(x.at(row, i) - best) / total;
        ASSERT_NEAR(out.at(row, i), expected, kSoftmaxError * expected + 1e-30) << columns;
      }
    }
    EXPECT_TRUE(out.gaps_untouched());
    softmax(constant_x.view(), x.view());
    EXPECT_EQ(x.data, out.data) << "in place";
  }
}

// Attention in float64, with the masks written out.
std::vector<double> expected_attention(const Owned<float>& q, const Owned<float>& k,
                                       const Owned<float>& v, double scale, bool causal,
                                       std::int64_t keys) {
  std::vector<double> out;
  for (std::int64_t query = 0; query < q.rows; ++query) {
    std::vector<double> weights(static_cast<std::size_t>(keys));
    double best = -1e300, total = 0;
    for (std::int64_t key = 0; key < keys; ++key) {
      double sum = 0;
      for (std::int64_t d = 0; d < q.columns; ++d) {
        sum += static_cast<double>(q.at(query, d)) * k.at(key, d);
      }
      const bool seen = !causal || key <= query + keys - q.rows;
      weights[static_cast<std::size_t>(key)] = seen ? scale * sum : -1e300;
      best = std::max(best, weights[static_cast<std::size_t>(key)]);
    }
    for (double& weight : weights) total += weight = std::exp(weight - best);
    for (std::int64_t d = 0; d < v.columns; ++d) {
      double sum = 0;
      for (std::int64_t key = 0; key < keys; ++key) {
        sum += weights[static_cast<std::size_t>(key)] / total * v.at(key, d);
      }
      out.push_back(sum);
    }
  }
  return out;
}

TEST(Attention, OfAnySizeWithBothMasks) {
  struct Case {
    std::int64_t queries, keys, d, e;
    bool causal;
    std::int64_t seen;
  };
  for (const Case& c : {Case{1, 1, 1, 1, false, 1}, Case{63, 65, 64, 64, false, 65},
                        Case{64, 64, 64, 64, true, 64}, Case{65, 130, 64, 32, true, 120},
                        Case{5, 1500, 64, 64, false, 1400}, Case{1500, 70, 16, 5, false, 63}}) {
    Owned<float> q(c.queries, c.d), k(c.keys, c.d), v(c.keys, c.e), out(c.queries, c.e);
    q.fill(normal_value);
    k.fill(normal_value);
    v.fill(normal_value);
    const double scale = 1 / std::sqrt(static_cast<double>(c.d));
    const std::vector<double> expected = expected_attention(q, k, v, scale, c.causal, c.seen);
    // Keys that do not count may hold anything.
    for (std::int64_t key = c.seen; key < c.keys; ++key) {
      for (std::int64_t i = 0; i < c.d; ++i) k.at(key, i) = NAN;
      for (std::int64_t i = 0; i < c.e; ++i) v.at(key, i) = NAN;
    }
    AttentionOptions options;
    options.causal = c.causal;
    options.keys = c.seen;
    options.threads = 2;
    const auto& constant_q = q;
    const auto& constant_k = k;
    const auto& constant_v = v;
    attention(constant_q.view(), constant_k.view(), constant_v.view(), out.view(), options);
    // A score of size up to about 5 is off by (d + 2) 2^-24 of that, a weight by as much of itself.
    double worst = 0;
    for (std::int64_t i = 0; i < c.queries; ++i) {
      for (std::int64_t j = 0; j < c.e; ++j) {
        worst = std::max(worst,
                         std::abs(out.at(i, j) - expected[static_cast<std::size_t>(i * c.e + j)]));
      }
    }
    EXPECT_LT(worst, 3e-5) << c.queries << " queries, " << c.keys << " keys";
    EXPECT_TRUE(out.gaps_untouched());
  }
}

std::string op_error(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + ": " + error.what();
  }
  return "no error";
}

TEST(Ops, SizesThatDoNotFitAreErrors) {
  Owned<float> a(4, 5), b(5, 6), c(4, 6);
  const Matrix<const float> va{a.data.data(), 4, 5, a.stride}, vb{b.data.data(), 5, 6, b.stride};
  const auto fails = [&](Matrix<const float> x, Matrix<const float> y, Matrix<float> z) {
    return op_error([&] { matmul(x, y, z); });
  };
  EXPECT_EQ(fails(va, vb, c.view()), "no error");
  EXPECT_THAT(fails(va, va, c.view()),
              AllOf(HasSubstr("bad_argument: matmul: rows of b"), HasSubstr("expected 5, got 4")));
  EXPECT_THAT(fails(va, vb, {c.data.data(), 3, 6, 9}), HasSubstr("rows of c"));
  EXPECT_THAT(fails(va, vb, {c.data.data(), 4, 7, 9}), HasSubstr("columns of c"));
  EXPECT_THAT(fails({nullptr, 4, 5, 8}, vb, c.view()), HasSubstr("a: expected a matrix"));
  EXPECT_THAT(fails({a.data.data(), 4, 5, 4}, vb, c.view()), HasSubstr("stride"));
  EXPECT_THAT(fails({a.data.data(), 0, 5, 8}, vb, c.view()), HasSubstr("0 x 5"));
  EXPECT_THAT(fails({a.data.data(), -1, 5, 8}, vb, c.view()), HasSubstr("-1 x 5"));
  EXPECT_THAT(fails({a.data.data(), 1L << 40, 5, 8}, vb, c.view()), HasSubstr("sizes"));
  EXPECT_THAT(op_error([&] { matmul(va, vb, c.view(), {.threads = -1, .isa = ""}); }),
              HasSubstr("threads"));
  EXPECT_THAT(op_error([&] { matmul(va, vb, c.view(), {.threads = 1, .isa = "sse9"}); }),
              HasSubstr("'sse9'"));
  EXPECT_THAT(op_error([&] { softmax(va, c.view()); }), HasSubstr("columns of out"));
  EXPECT_THAT(op_error([&] { linear(va, vb, nullptr, c.view()); }), HasSubstr("columns of weight"));
}

TEST(Ops, AttentionThatSeesNothingIsAnError) {
  Owned<float> q(4, 8), k(3, 8), out(4, 8);
  const auto& constant_q = q;
  const auto& constant_k = k;
  AttentionOptions options;
  options.causal = true;
  EXPECT_THAT(op_error([&] {
                attention(constant_q.view(), constant_k.view(), constant_k.view(), out.view(),
                          options);
              }),
              HasSubstr("3 and 4"));
  options.causal = false;
  for (const std::int64_t keys : {0, 4, -1}) {
    options.keys = keys;
    EXPECT_THAT(op_error([&] {
                  attention(constant_q.view(), constant_k.view(), constant_k.view(), out.view(),
                            options);
                }),
                HasSubstr("expected 1 to 3"));
  }
}

}  // namespace
}  // namespace tessera::ops
