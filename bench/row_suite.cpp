#include <cmath>
#include <cstring>
#include <memory>
#include <random>

#include "bench/kernel_suites.h"
#include "bench/timing.h"
#include "src/compute/kernels/registry.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute::kernels;  // NOLINT: this file is about them

// Whisper base: 1500 positions, 512 wide, 2048 in between; scores of one head are 1500 x 1500.
constexpr int kPositions = 1500, kWidth = 512, kHidden = 2048;

/// One operation with its operands, which the closures own.
struct Work {
  std::string name;
  const char* op;
  std::function<const char*(const Kernel&)> run;
  std::function<std::vector<double>()> answer;  ///< of the last run
  std::function<void()> reset = [] {};          ///< the operands as they were at first
};

std::vector<float> gaussian(int rows, int columns, float size) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(0, size);
  std::vector<float> values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (float& value : values) value = normal(random);
  return values;
}

std::string sized(const char* op, int rows, int columns) {
  return std::string(op) + " " + std::to_string(rows) + "x" + std::to_string(columns);
}

/// An operation from a matrix of In to one of Out; `fill` sets what else its parameters need.
template <class Params, class In, class Out>
Work make_work(int rows, int columns, std::vector<In> in, std::function<void(Params&)> fill) {
  struct State {
    std::vector<In> in;
    std::vector<Out> out;
  };
  auto state = std::make_shared<State>();
  state->out.resize(in.size());
  state->in = std::move(in);
  const auto run = [=](const Kernel& kernel) {
    Params params;
    params.in = state->in.data();
    params.out = state->out.data();
    if constexpr (requires { params.count; }) {
      params.count = static_cast<std::ptrdiff_t>(state->in.size());
    } else {
      params.in_stride = params.out_stride = columns;
      params.rows = rows;
      params.columns = columns;
    }
    if (fill) fill(params);
    return kernel.run(params);
  };
  const auto answer = [state] { return std::vector<double>(state->out.begin(), state->out.end()); };
  return {sized(Params::kOp, rows, columns), Params::kOp, run, answer};
}

Work hadamard_work() {
  // In place and its own inverse, so that it may run any number of times.
  const std::vector<float> first = gaussian(kPositions, kWidth, 1);
  auto data = std::make_shared<std::vector<float>>(first);
  const auto run = [data](const Kernel& kernel) {
    HadamardParams params;
    params.data = data->data();
    params.stride = kWidth;
    params.rows = kPositions;
    params.columns = kWidth;
    return kernel.run(params);
  };
  const auto answer = [data] { return std::vector<double>(data->begin(), data->end()); };
  return {sized(HadamardParams::kOp, kPositions, kWidth), HadamardParams::kOp, run, answer,
          [data, first] { *data = first; }};
}

/// An operation on the logits of one token; `fill` sets its results' places: (results, params).
template <class Params, class Out>
Work logits_work(std::function<void(std::vector<Out>&, Params&)> fill) {
  constexpr int kVocabulary = 51865;
  auto in = std::make_shared<std::vector<float>>(gaussian(1, kVocabulary, 3));
  auto out = std::make_shared<std::vector<Out>>(8);
  const auto run = [=](const Kernel& kernel) {
    Params params;
    params.in = in->data();
    params.count = kVocabulary;
    fill(*out, params);
    return kernel.run(params);
  };
  const auto answer = [out] { return std::vector<double>(out->begin(), out->end()); };
  return {sized(Params::kOp, 1, kVocabulary), Params::kOp, run, answer};
}

std::vector<Work> row_work() {
  std::vector<Work> work;
  auto scales = std::make_shared<std::vector<float>>(kPositions, 0.01f);
  auto ones = std::make_shared<std::vector<float>>(kWidth, 1.0f);
  std::vector<std::int8_t> bytes(static_cast<std::size_t>(kPositions) * kHidden);
  std::mt19937 random(12);
  for (auto& byte : bytes) byte = static_cast<std::int8_t>(random());
  auto table = std::make_shared<std::vector<std::int8_t>>(bytes.begin(), bytes.begin() + 256);
  work.push_back(make_work<SoftmaxParams, float, float>(
      kPositions, kPositions, gaussian(kPositions, kPositions, 3), nullptr));
  work.push_back(make_work<LayerNormParams, float, float>(
      kPositions, kWidth, gaussian(kPositions, kWidth, 1),
      [ones](LayerNormParams& p) { p.gamma = p.beta = ones->data(); }));
  work.push_back(make_work<GeluParams, float, float>(kPositions, kHidden,
                                                     gaussian(kPositions, kHidden, 2), nullptr));
  work.push_back(make_work<GeluI8Params, std::int8_t, std::int8_t>(
      kPositions, kHidden, bytes, [table](GeluI8Params& p) { p.table = table->data(); }));
  work.push_back(make_work<QuantiseParams, float, std::int8_t>(
      kPositions, kWidth, gaussian(kPositions, kWidth, 1),
      [scales](QuantiseParams& p) { p.scales = scales->data(); }));
  bytes.resize(static_cast<std::size_t>(kPositions) * kWidth);
  work.push_back(make_work<DequantiseParams, std::int8_t, float>(
      kPositions, kWidth, std::move(bytes),
      [scales](DequantiseParams& p) { p.scales = scales->data(); }));
  work.push_back(hadamard_work());
  work.push_back(logits_work<TopKParams, std::int32_t>([](auto& out, TopKParams& p) {
    p.k = 6;  // what a beam search of 5 asks for
    p.ids = out.data();
    p.found = out.data() + p.k;
  }));
  work.push_back(
      logits_work<ExpSumParams, double>([](auto& out, ExpSumParams& p) { p.sum = out.data(); }));
  return work;
}

// Exact variants equal the plain loops; the others are held to their bounds by the unit tests, and
// here to 1e-5 of values of size 1, which no wrong answer keeps to.
void verify_rows(const Work& work, const Kernel& kernel, const std::vector<double>& expected) {
  work.reset();
  const char* ran = work.run(kernel);
  const std::vector<double> found = work.answer();
  const double allowed = kernel.exactness == Exactness::exact ? 0 : 1e-5;
  bool right = std::strcmp(ran, kernel.name) == 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    right =
        right && std::abs(found[i] - expected[i]) <= allowed * std::max(1.0, std::abs(expected[i]));
  }
  if (!right) {
    throw Error(ErrorCode::internal, work.name + ": " + kernel.name + ": wrong answer");
  }
}

// The rows of every operation, or of `op` alone.
std::vector<Row> run_work(const KernelOptions& options, const std::string& op) {
  const IsaTier tier =
      options.isa.empty() ? IsaTier::from_environment() : IsaTier::parse(options.isa);
  std::vector<Row> rows;
  for (const Work& work : row_work()) {
    if (!op.empty() && op != work.op) continue;
    std::vector<const Kernel*> kernels;
    std::vector<std::function<void()>> calls;
    std::vector<double> expected;
    for (const Kernel* kernel : kernels_of(work.op)) {
      if (!tier.allows(kernel->isa)) continue;
      if (kernels.empty()) {  // the plain loops, the first of each op
        work.run(*kernel);
        expected = work.answer();
      } else {
        verify_rows(work, *kernel, expected);
      }
      kernels.push_back(kernel);
      calls.emplace_back([&work, kernel] { work.run(*kernel); });
    }
    const auto seconds = time_in_turns(calls, options.iterations);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      Row row;
      row.name = work.name;
      row.verified = true;
      row.variant = kernels[i]->name;
      row.isa = isa_name(kernels[i]->isa);
      row.summary = summarise_scaled(seconds[i], 1e3);
      row.times_baseline = summarise_scaled(seconds[0], 1e3).median / row.summary.median;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace

std::vector<Row> run_rows(const KernelOptions& options, PeakTable& /*peak*/) {
  return run_work(options, "");
}

std::vector<Row> run_softmax(const KernelOptions& options, PeakTable& /*peak*/) {
  return run_work(options, SoftmaxParams::kOp);
}

}  // namespace tessera::bench
