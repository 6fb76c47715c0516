#include "tessera/ops.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>
#include <vector>

#include "src/base/thread_pool.h"
#include "src/compute/kernels/pack.h"
#include "src/compute/kernels/registry.h"

namespace tessera::ops {
namespace {

using compute::kernels::IsaTier;
using compute::kernels::Kernel;

constexpr std::int64_t kLongestInt8Depth = 65536;
// What a thread takes at a time: a multiple of the rows that a matmul kernel keeps in its cache.
constexpr std::int64_t kRowsAtOnce = 192;
// Queries whose scores exist at a time.
constexpr std::int64_t kQueriesAtOnce = 64;

template <class T>
std::string shape(const Matrix<T>& matrix) {
  return std::to_string(matrix.rows) + " x " + std::to_string(matrix.columns);
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::bad_argument, message);
}

/// The matrix with its stride filled in.
template <class T>
Matrix<T> checked(Matrix<T> matrix, const char* op, const char* name) {
  const std::string where = std::string(op) + ": " + name;
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (matrix.rows < 1 || matrix.columns < 1 || matrix.rows > kMost || matrix.columns > kMost) {
    refuse(where + ": expected sizes from 1 to 2^31 - 1, got " + shape(matrix));
  }
  if (matrix.data == nullptr) refuse(where + ": expected a matrix, got a null pointer");
  if (matrix.stride == 0) matrix.stride = matrix.columns;
  if (matrix.stride < matrix.columns || matrix.stride > kMost) {
    refuse(where + ": expected a stride from " + std::to_string(matrix.columns) +
           " to 2^31 - 1, got " + std::to_string(matrix.stride));
  }
  return matrix;
}

template <class A, class B>
void expect_equal(A found, B expected, const std::string& what) {
  if (found == expected) return;
  refuse(what + ": expected " + std::to_string(expected) + ", got " + std::to_string(found));
}

IsaTier tier_of(const OpOptions& options) {
  return options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
}

/// body(first, last) for blocks of rows, on that many threads; 0: one per core.
void for_rows(std::int64_t rows, std::int64_t at_once, int threads,
              const std::function<void(std::int64_t, std::int64_t)>& body) {
  if (threads < 0) refuse("threads: expected 0 or more, got " + std::to_string(threads));
  const int wanted = threads == 0 ? base::available_cores() : threads;
  // Not so few rows to a block that some threads have nothing to do.
  at_once = std::clamp<std::int64_t>((rows + wanted - 1) / wanted, 1, at_once);
  const std::int64_t blocks = (rows + at_once - 1) / at_once;
  const auto run = [&](std::size_t block) {
    const std::int64_t first = static_cast<std::int64_t>(block) * at_once;
    body(first, std::min(rows, first + at_once));
  };
  if (wanted == 1 || blocks == 1) {
    for (std::int64_t block = 0; block < blocks; ++block) run(static_cast<std::size_t>(block));
    return;
  }
  base::ThreadPool pool(static_cast<int>(std::min<std::int64_t>(wanted, blocks)));
  pool.parallel_for(static_cast<std::size_t>(blocks), run);
}

/// Rows [first, last) of a product.
template <class Params, class A, class Panels, class C>
void multiply_rows(const Kernel& kernel, const Matrix<A>& a, const Panels& panels,
                   const Matrix<C>& c, std::int64_t first, std::int64_t last) {
  using Element = std::remove_pointer_t<decltype(Params::a)>;
  Params params;
  params.a = reinterpret_cast<Element*>(a.data + first * a.stride);
  params.a_stride = a.stride;
  params.b = panels.data();
  params.c = c.data + first * c.stride;
  params.c_stride = c.stride;
  params.m = static_cast<int>(last - first);
  params.n = panels.n();
  params.k = panels.k();
  kernel.run(params);
}

template <class Params, class A, class Panels, class C>
void multiply(const Kernel& kernel, const Matrix<A>& a, const Panels& panels, const Matrix<C>& c,
              int threads) {
  for_rows(a.rows, kRowsAtOnce, threads, [&](std::int64_t first, std::int64_t last) {
    multiply_rows<Params>(kernel, a, panels, c, first, last);
  });
}

int to_int(std::int64_t size) { return static_cast<int>(size); }  // checked() saw that it fits

// How each element type is packed and multiplied.
template <class T>
struct Format;

template <>
struct Format<float> {
  using Params = compute::kernels::MatmulF32Params;
  static auto pack(const Matrix<const float>& b) {
    return compute::kernels::pack_f32(b.data, b.stride, to_int(b.rows), to_int(b.columns), false);
  }
};

template <>
struct Format<std::int8_t> {
  using Params = compute::kernels::MatmulI8Params;
  static auto pack(const Matrix<const std::int8_t>& b) {
    if (b.rows > kLongestInt8Depth) {
      refuse("matmul: rows of b: expected at most " + std::to_string(kLongestInt8Depth) +
             " in int8, got " + std::to_string(b.rows));
    }
    return compute::kernels::pack_i8(b.data, b.stride, to_int(b.rows), to_int(b.columns), false);
  }
};

template <>
struct Format<Bf16> {
  static_assert(sizeof(Bf16) == sizeof(std::uint16_t));
  using Params = compute::kernels::MatmulBf16Params;
  static auto pack(const Matrix<const Bf16>& b) {
    return compute::kernels::pack_bf16(reinterpret_cast<const std::uint16_t*>(b.data), b.stride,
                                       to_int(b.rows), to_int(b.columns), false);
  }
};

template <class T, class C>
void multiply_packed(Matrix<const T> a, const PackedMatrix<T>& b, Matrix<C> c, int threads) {
  a = checked(a, "matmul", "a");
  c = checked(c, "matmul", "c");
  if (a.columns != b.rows() || c.rows != a.rows || c.columns != b.columns()) {
    expect_equal(b.rows(), a.columns, "matmul: rows of b");
    expect_equal(c.rows, a.rows, "matmul: rows of c");
    expect_equal(c.columns, b.columns(), "matmul: columns of c");
  }
  const auto& contents = b.contents();
  multiply<typename Format<T>::Params>(contents.kernel, a, contents.panels, c, threads);
}

template <class T, class C>
void multiply_any(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<C>& c,
                  const OpOptions& options) {
  multiply_packed(a, PackedMatrix<T>(b, options.isa), c, options.threads);
}

void softmax_rows(const Kernel& kernel, const float* in, std::int64_t in_stride, float* out,
                  std::int64_t out_stride, std::int64_t rows, std::int64_t columns) {
  compute::kernels::SoftmaxParams params;
  params.in = in;
  params.in_stride = in_stride;
  params.out = out;
  params.out_stride = out_stride;
  params.rows = to_int(rows);
  params.columns = to_int(columns);
  kernel.run(params);
}

}  // namespace

template <class T>
struct PackedMatrix<T>::Contents {
  const Kernel& kernel;
  decltype(Format<T>::pack(Matrix<const T>())) panels;
};

template <class T>
PackedMatrix<T>::PackedMatrix(Matrix<const T> b, const std::string& isa) {
  b = checked(b, "matmul", "b");
  const Kernel& kernel =
      compute::kernels::select(Format<T>::Params::kOp, tier_of({.threads = 1, .isa = isa}));
  contents_ = std::make_shared<const Contents>(Contents{kernel, Format<T>::pack(b)});
}

template <class T>
std::int64_t PackedMatrix<T>::rows() const {
  return contents_->panels.k();
}

template <class T>
std::int64_t PackedMatrix<T>::columns() const {
  return contents_->panels.n();
}

template class TESSERA_API PackedMatrix<float>;
template class TESSERA_API PackedMatrix<std::int8_t>;
template class TESSERA_API PackedMatrix<Bf16>;

void matmul(Matrix<const float> a, const PackedMatrix<float>& b, Matrix<float> c, int threads) {
  multiply_packed(a, b, c, threads);
}

void matmul(Matrix<const std::int8_t> a, const PackedMatrix<std::int8_t>& b, Matrix<std::int32_t> c,
            int threads) {
  multiply_packed(a, b, c, threads);
}

void matmul(Matrix<const Bf16> a, const PackedMatrix<Bf16>& b, Matrix<float> c, int threads) {
  multiply_packed(a, b, c, threads);
}

void matmul(Matrix<const float> a, Matrix<const float> b, Matrix<float> c,
            const OpOptions& options) {
  multiply_any(a, b, c, options);
}

void matmul(Matrix<const std::int8_t> a, Matrix<const std::int8_t> b, Matrix<std::int32_t> c,
            const OpOptions& options) {
  multiply_any(a, b, c, options);
}

void matmul(Matrix<const Bf16> a, Matrix<const Bf16> b, Matrix<float> c, const OpOptions& options) {
  multiply_any(a, b, c, options);
}

void linear(Matrix<const float> x, Matrix<const float> weight, const float* bias, Matrix<float> out,
            const OpOptions& options) {
  x = checked(x, "linear", "x");
  weight = checked(weight, "linear", "weight");
  out = checked(out, "linear", "out");
  expect_equal(weight.columns, x.columns, "linear: columns of weight");
  expect_equal(out.rows, x.rows, "linear: rows of out");
  expect_equal(out.columns, weight.rows, "linear: columns of out");
  const auto panels = compute::kernels::pack_f32(weight.data, weight.stride, to_int(x.columns),
                                                 to_int(weight.rows), true);
  const Kernel& kernel =
      compute::kernels::select(compute::kernels::MatmulF32Params::kOp, tier_of(options));
  for_rows(x.rows, kRowsAtOnce, options.threads, [&](std::int64_t first, std::int64_t last) {
    multiply_rows<compute::kernels::MatmulF32Params>(kernel, x, panels, out, first, last);
    if (bias == nullptr) return;
    for (std::int64_t row = first; row < last; ++row) {
      float* values = out.data + row * out.stride;
      for (std::int64_t i = 0; i < out.columns; ++i) values[i] += bias[i];
    }
  });
}

void softmax(Matrix<const float> x, Matrix<float> out, const OpOptions& options) {
  x = checked(x, "softmax", "x");
  out = checked(out, "softmax", "out");
  expect_equal(out.rows, x.rows, "softmax: rows of out");
  expect_equal(out.columns, x.columns, "softmax: columns of out");
  const Kernel& kernel =
      compute::kernels::select(compute::kernels::SoftmaxParams::kOp, tier_of(options));
  for_rows(x.rows, kRowsAtOnce, options.threads, [&](std::int64_t first, std::int64_t last) {
    softmax_rows(kernel, x.data + first * x.stride, x.stride, out.data + first * out.stride,
                 out.stride, last - first, x.columns);
  });
}

void attention(Matrix<const float> q, Matrix<const float> k, Matrix<const float> v,
               Matrix<float> out, const AttentionOptions& options) {
  q = checked(q, "attention", "q");
  k = checked(k, "attention", "k");
  v = checked(v, "attention", "v");
  out = checked(out, "attention", "out");
  expect_equal(k.columns, q.columns, "attention: columns of k");
  expect_equal(v.rows, k.rows, "attention: rows of v");
  expect_equal(out.rows, q.rows, "attention: rows of out");
  expect_equal(out.columns, v.columns, "attention: columns of out");
  const std::int64_t keys = options.keys.value_or(k.rows);
  if (keys < 1 || keys > k.rows) {
    refuse("attention: keys: expected 1 to " + std::to_string(k.rows) + ", got " +
           std::to_string(keys));
  }
  const std::int64_t ahead = keys - q.rows;  // keys before that of the first query
  if (options.causal && ahead < 0) {
    refuse("attention: causal: expected at least as many keys as queries, got " +
           std::to_string(keys) + " and " + std::to_string(q.rows));
  }
  const float scale = options.scale.value_or(1.0f / std::sqrt(static_cast<float>(q.columns)));
  const IsaTier tier = tier_of(options);
  const Kernel& product = compute::kernels::select(compute::kernels::MatmulF32Params::kOp, tier);
  const Kernel& weigh = compute::kernels::select(compute::kernels::SoftmaxParams::kOp, tier);
  const auto packed_k =
      compute::kernels::pack_f32(k.data, k.stride, to_int(q.columns), to_int(keys), true);
  const auto packed_v =
      compute::kernels::pack_f32(v.data, v.stride, to_int(keys), to_int(v.columns), false);
  for_rows(q.rows, kQueriesAtOnce, options.threads, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scores(static_cast<std::size_t>((last - first) * keys));  // (queries, keys)
    const Matrix<float> block{scores.data(), last - first, keys, keys};
    const Matrix<const float> queries{q.data + first * q.stride, last - first, q.columns, q.stride};
    multiply_rows<compute::kernels::MatmulF32Params>(product, queries, packed_k, block, 0,
                                                     last - first);
    for (float& score : scores) score *= scale;
    if (!options.causal) {
      softmax_rows(weigh, scores.data(), keys, scores.data(), keys, last - first, keys);
    }
    for (std::int64_t i = 0; options.causal && i < last - first; ++i) {
      const std::int64_t seen = ahead + first + i + 1;
      float* row = scores.data() + i * keys;
      softmax_rows(weigh, row, keys, row, keys, 1, seen);
      std::fill(row + seen, row + keys, 0.0f);
    }
    const Matrix<float> result{out.data + first * out.stride, last - first, out.columns,
                               out.stride};
    multiply_rows<compute::kernels::MatmulF32Params>(
        product, Matrix<const float>{scores.data(), last - first, keys, keys}, packed_v, result, 0,
        last - first);
  });
}

}  // namespace tessera::ops
