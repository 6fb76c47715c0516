#include <cmath>
#include <functional>
#include <random>

#include "bench/kernel_suites.h"
#include "bench/timing.h"
#include "src/compute/dtype.h"
#include "src/compute/kernels/pack.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"
#include "tessera/ops.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

struct Shape {
  int m, k, n;
};

// One number, the sizes around a tile, the context product of one head, and the projections of two
// windows of Whisper base with a row to spare.
constexpr Shape kShapes[] = {{1, 1, 1},    {63, 63, 63},     {64, 64, 64},
                             {65, 65, 65}, {1500, 64, 1500}, {3001, 512, 512}};

std::string text(const Shape& s) {
  return std::to_string(s.m) + "x" + std::to_string(s.k) + "x" + std::to_string(s.n);
}

template <class T>
std::vector<T> filled(int rows, int columns, const std::function<T()>& draw) {
  std::vector<T> values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (T& value : values) value = draw();
  return values;
}

/// Times tessera::ops::matmul, with B packed in the call and before, against the bare kernel that
/// it selects. `Value` is the public type of an element of A and B, `pack` packs B.
template <class Params, class Value, class C, class Pack>
void time_product(const Shape& shape, const KernelOptions& options, const IsaTier& tier,
                  const std::vector<Value>& a, const std::vector<Value>& b, Pack pack,
                  std::vector<Row>& rows) {
  using Element = std::remove_pointer_t<decltype(Params::a)>;
  const auto panels = pack(b);
  std::vector<C> bare(static_cast<std::size_t>(shape.m) * static_cast<std::size_t>(shape.n));
  std::vector<C> result(bare.size());
  Params params;
  params.a = reinterpret_cast<Element*>(a.data());
  params.a_stride = params.k = shape.k;
  params.b = panels.data();
  params.c = bare.data();
  params.c_stride = params.n = shape.n;
  params.m = shape.m;
  const Kernel& kernel = select(Params::kOp, tier);
  const ops::Matrix<const Value> left{a.data(), shape.m, shape.k},
      right{b.data(), shape.k, shape.n};
  const ops::Matrix<C> out{result.data(), shape.m, shape.n};
  const ops::PackedMatrix<Value> packed(right, options.isa);
  const std::vector<std::pair<const char*, std::function<void()>>> ways = {
      {"bare kernel", [&] { kernel.run(params); }},
      {"ops, packed before", [&] { ops::matmul(left, packed, out); }},
      {"ops", [&] {
         ops::matmul(left, right, out, {1, options.isa});
       }}};
  const std::string ran = kernel.run(params);
  std::vector<std::function<void()>> calls;
  for (const auto& way : ways) {
    calls.push_back(way.second);
    std::fill(result.begin(), result.end(), C{});
    way.second();
    if (ran == kernel.name && (calls.size() == 1 || result == bare)) continue;
    throw Error(ErrorCode::internal, std::string(Params::kOp) + " " + text(shape) +
                                         ": the operation and its kernel differ");
  }
  const auto seconds = time_in_turns(calls, options.iterations);
  const double median = summarise_scaled(seconds[0], 1e6).median;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    Row row;
    row.name = std::string(Params::kOp) + " " + text(shape) + ", " + ways[i].first;
    row.verified = true;
    row.variant = kernel.name;
    row.isa = isa_name(kernel.isa);
    row.summary = summarise_scaled(seconds[i], 1e6);
    row.unit = "us";
    row.giga_ops_per_s = 2e-3 * shape.m * shape.k * shape.n / row.summary.median;
    row.times_baseline = median / row.summary.median;
    rows.push_back(std::move(row));
  }
}

}  // namespace

std::vector<Row> run_ops(const KernelOptions& options, PeakTable& /*peak*/) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  const std::function<std::int8_t()> byte = [&] { return static_cast<std::int8_t>(random()); };
  const std::function<float()> real = [&] { return normal(random); };
  const std::function<ops::Bf16()> half = [&] {
    return ops::Bf16{compute::f32_to_bf16(normal(random))};
  };
  std::vector<Row> rows;
  for (const Shape& s : kShapes) {
    time_product<MatmulF32Params, float, float>(
        s, options, tier, filled(s.m, s.k, real), filled(s.k, s.n, real),
        [&](const std::vector<float>& b) { return pack_f32(b.data(), s.n, s.k, s.n, false); },
        rows);
    time_product<MatmulI8Params, std::int8_t, std::int32_t>(
        s, options, tier, filled(s.m, s.k, byte), filled(s.k, s.n, byte),
        [&](const std::vector<std::int8_t>& b) { return pack_i8(b.data(), s.n, s.k, s.n, false); },
        rows);
    time_product<MatmulBf16Params, ops::Bf16, float>(
        s, options, tier, filled(s.m, s.k, half), filled(s.k, s.n, half),
        [&](const std::vector<ops::Bf16>& b) {
          return pack_bf16(reinterpret_cast<const std::uint16_t*>(b.data()), s.n, s.k, s.n, false);
        },
        rows);
  }
  return rows;
}

}  // namespace tessera::bench
