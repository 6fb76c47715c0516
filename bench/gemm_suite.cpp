#include <cmath>
#include <cstring>
#include <memory>
#include <random>

#include "bench/kernel_suites.h"
#include "bench/timing.h"
#include "src/base/thread_pool.h"
#include "src/compute/dtype.h"
#include "src/compute/kernels/pack.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

struct Shape {
  int m, k, n;
  double operations() const { return 2.0 * m * k * n; }
  std::string text() const {
    return std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n);
  }
};

// Whisper base: projections, and the second half of the feed-forward block.
constexpr Shape kShapes[] = {{1500, 512, 512}, {1500, 2048, 512}, {1500, 512, 2048}};

// Rows that a thread takes at a time, a multiple of every variant's block.
constexpr int kRowsAtOnce = 192;

/// One product in one number format.
class Product {
 public:
  virtual ~Product() = default;
  virtual const char* op() const = 0;
  virtual const char* numbers() const = 0;
  /// The rows from `first`, at most kRowsAtOnce of them; returns which variant ran.
  virtual const char* run(const Kernel& kernel, int first) = 0;
  /// Forgets the last answer, so that the next one must be computed.
  virtual void clear() = 0;
  /// Whether some elements, spread over the answer, are right.
  virtual bool is_right() const = 0;

  explicit Product(const Shape& shape) : shape_(shape) {}
  const Shape& shape() const { return shape_; }

 private:
  Shape shape_;
};

template <class Params, class A, class Panels, class C>
class TypedProduct final : public Product {
 public:
  TypedProduct(const Shape& shape, const char* numbers, std::vector<A> a, std::vector<A> b,
               Panels panels, double (*widen)(A))
      : Product(shape),
        numbers_(numbers),
        a_(std::move(a)),
        b_(std::move(b)),
        panels_(std::move(panels)),
        widen_(widen) {
    clear();
  }

  const char* op() const override { return Params::kOp; }
  const char* numbers() const override { return numbers_; }
  void clear() override {
    c_.assign(static_cast<std::size_t>(shape().m) * static_cast<std::size_t>(shape().n), C{});
  }

  const char* run(const Kernel& kernel, int first) override {
    Params params;
    params.a = a_.data() + static_cast<std::ptrdiff_t>(first) * shape().k;
    params.a_stride = shape().k;
    params.b = panels_.data();
    params.c = c_.data() + static_cast<std::ptrdiff_t>(first) * shape().n;
    params.c_stride = shape().n;
    params.m = std::min(kRowsAtOnce, shape().m - first);
    params.n = shape().n;
    params.k = shape().k;
    return kernel.run(params);
  }

  bool is_right() const override {
    const auto [m, k, n] = shape();
    for (int i = 0; i < 2000; ++i) {  // every row once, and columns all over
      const int row = i % m, column = static_cast<int>(i * 977L % n);
      double sum = 0, sizes = 0;
      for (int d = 0; d < k; ++d) {
        const double product = widen_(a_[static_cast<std::size_t>(row) * k + d]) *
                               widen_(b_[static_cast<std::size_t>(d) * n + column]);
        sum += product;
        sizes += std::abs(product);
      }
      const double found = static_cast<double>(c_[static_cast<std::size_t>(row) * n + column]);
      // float32 sums in any order are within (k + 1) 2^-24 of the products' sizes; int8 is exact.
      const double allowed = std::is_integral_v<C> ? 0 : std::ldexp(k + 1.0, -24) * sizes;
      if (!(std::abs(found - sum) <= allowed)) return false;
    }
    return true;
  }

 private:
  const char* numbers_;
  std::vector<A> a_, b_;
  Panels panels_;
  std::vector<C> c_;
  double (*widen_)(A);
};

template <class T>
std::vector<T> filled(std::size_t count, const std::function<T()>& draw) {
  std::vector<T> values(count);
  for (T& value : values) value = draw();
  return values;
}

std::vector<std::unique_ptr<Product>> products_of(const Shape& s) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  const auto size = [](int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  };
  const std::function<std::int8_t()> byte = [&] { return static_cast<std::int8_t>(random()); };
  const std::function<float()> real = [&] { return normal(random); };
  const std::function<std::uint16_t()> half = [&] { return compute::f32_to_bf16(normal(random)); };
  std::vector<std::unique_ptr<Product>> made;
  {
    auto a = filled(size(s.m, s.k), byte), b = filled(size(s.k, s.n), byte);
    auto panels = pack_i8(b.data(), s.n, s.k, s.n, false);
    made.push_back(
        std::make_unique<TypedProduct<MatmulI8Params, std::int8_t, decltype(panels), std::int32_t>>(
            s, "i8", std::move(a), std::move(b), std::move(panels),
            [](std::int8_t x) { return static_cast<double>(x); }));
  }
  {
    auto a = filled(size(s.m, s.k), half), b = filled(size(s.k, s.n), half);
    auto panels = pack_bf16(b.data(), s.n, s.k, s.n, false);
    made.push_back(
        std::make_unique<TypedProduct<MatmulBf16Params, std::uint16_t, decltype(panels), float>>(
            s, "bf16", std::move(a), std::move(b), std::move(panels),
            [](std::uint16_t x) { return static_cast<double>(compute::bf16_to_f32(x)); }));
  }
  {
    auto a = filled(size(s.m, s.k), real), b = filled(size(s.k, s.n), real);
    auto panels = pack_f32(b.data(), s.n, s.k, s.n, false);
    made.push_back(std::make_unique<TypedProduct<MatmulF32Params, float, decltype(panels), float>>(
        s, "f32", std::move(a), std::move(b), std::move(panels),
        [](float x) { return static_cast<double>(x); }));
  }
  return made;
}

void multiply(Product& product, const Kernel& kernel, base::ThreadPool& pool) {
  const int blocks = (product.shape().m + kRowsAtOnce - 1) / kRowsAtOnce;
  pool.parallel_for(static_cast<std::size_t>(blocks), [&](std::size_t block) {
    product.run(kernel, static_cast<int>(block) * kRowsAtOnce);
  });
}

void verify_product(Product& product, const Kernel& kernel, base::ThreadPool& pool) {
  product.clear();
  multiply(product, kernel, pool);
  const char* ran = product.run(kernel, 0);
  if (std::strcmp(ran, kernel.name) == 0 && product.is_right()) return;
  throw Error(ErrorCode::internal, std::string(product.op()) + " " + kernel.name + " on " +
                                       product.shape().text() + ": wrong answer");
}

}  // namespace

std::vector<Row> run_gemm(const KernelOptions& options, PeakTable& peak) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  const int most = options.threads > 0 ? options.threads : base::available_cores();
  std::vector<Row> rows;
  for (const Shape& shape : kShapes) {
    for (const std::unique_ptr<Product>& product : products_of(shape)) {
      for (int threads = 1; threads <= most; threads = threads == most ? most + 1 : most) {
        base::ThreadPool pool(threads);
        std::vector<const Kernel*> kernels;
        std::vector<std::function<void()>> calls;
        for (const Kernel* kernel : kernels_of(product->op())) {
          // Plain loops take seconds, and nobody asks how fast they are.
          if (!tier.allows(kernel->isa) || kernel->isa == Isa::portable) continue;
          verify_product(*product, *kernel, pool);
          kernels.push_back(kernel);
          calls.emplace_back([&, kernel] { multiply(*product, *kernel, pool); });
        }
        const auto seconds = time_in_turns(calls, options.iterations);
        for (std::size_t i = 0; i < kernels.size(); ++i) {
          Row row;
          row.name = std::string(product->op()) + " " + shape.text();
          row.verified = true;
          row.variant = kernels[i]->name;
          row.isa = isa_name(kernels[i]->isa);
          row.threads = threads;
          row.summary = summarise_scaled(seconds[i], 1e3);
          const double per_second = shape.operations() / (row.summary.median * 1e-3);
          row.giga_ops_per_s = per_second * 1e-9;
          const double limit = peak.ops_per_s(product->numbers(), kernels[i]->isa, threads);
          if (limit > 0) row.share_of_peak = per_second / limit;
          rows.push_back(std::move(row));
        }
      }
    }
  }
  return rows;
}

}  // namespace tessera::bench
