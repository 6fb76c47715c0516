#include "bench/decoder_suite.h"

#include <unistd.h>

#include <fstream>
#include <memory>
#include <random>
#include <span>

#include "bench/engine_options.h"
#include "src/base/aligned_buffer.h"
#include "src/base/stopwatch.h"
#include "src/base/thread_pool.h"
#include "src/compute/cpu/decoder.h"
#include "src/compute/cpu/plain_window.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute;       // NOLINT: this file is about them
using namespace compute::cpu;  // NOLINT

constexpr int kPromptTokens = 4;

/// Normal keys and values, the same for each precision.
std::shared_ptr<const CpuWindow> made_up_window(const std::shared_ptr<const ModelWeights>& weights,
                                                const PrecisionPlan& plan, unsigned seed) {
  const ModelDims& dims = weights->dims;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  const auto numbers = [&] {
    std::vector<float> values(static_cast<std::size_t>(dims.n_audio_ctx) *
                              static_cast<std::size_t>(dims.n_text_state));
    for (float& value : values) value = normal(random);
    return values;
  };
  std::vector<CrossHeads> cross = place_cross(
      plan.cross, dims.n_text_heads, dims.n_audio_ctx,
      base::allocate_aligned(cross_bytes(plan.cross, dims.n_text_heads, dims.n_audio_ctx)));
  for (CrossHeads& heads : cross) {
    const std::vector<float> keys = numbers(), values = numbers();
    fill_cross(heads, keys, values);
  }
  return std::make_shared<CpuWindow>(weights, std::move(cross), [] { return Tensor(); });
}

std::size_t number_bytes(Number number) {
  return number == Number::i8 ? 1 : number == Number::bf16 ? 2 : 4;
}

/// Bytes of weights that a step reads, and of keys and values for each window.
struct Traffic {
  double weights = 0, window = 0;
};

Traffic traffic_of(const ModelDims& dims, const PrecisionPlan& plan) {
  const auto width = static_cast<double>(dims.n_text_state);
  const auto bytes = [](Number number) { return static_cast<double>(number_bytes(number)); };
  Traffic traffic;
  for (std::size_t i = 0; i < plan.decoder.size(); ++i) {
    traffic.weights += width * (4 * width * bytes(plan.decoder[i].self) +
                                2 * width * bytes(plan.decoder[i].cross) +
                                2.0 * dims.n_text_ffn * bytes(plan.decoder[i].ffn));
    traffic.window += 2.0 * dims.n_audio_ctx * width * bytes(plan.cross[i]);
  }
  traffic.weights += width * dims.n_vocab * bytes(plan.logits);
  return traffic;
}

/// Memory of this process now.
double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct Decoding {
  std::vector<double> seconds;  // per step
  std::vector<float> logits;    // of the last step
  double resident_mb = 0;
};

/// Decodes options.tokens tokens in each stream, `times` times.
Decoding decode(const std::shared_ptr<const ModelWeights>& weights, Precision precision,
                const DecoderOptions& options, int times) {
  const auto tier = options.isa.empty() ? kernels::IsaTier::from_environment()
                                        : kernels::IsaTier::parse(options.isa);
  const KernelSet kernels(tier);
  base::ThreadPool pool(options.threads > 0 ? options.threads : base::available_cores());
  const PrecisionPlan plan = PrecisionPlan::of(weights->dims, precision);
  const auto engine = make_decoder(weights, plan, kernels, pool);
  std::vector<std::shared_ptr<const CpuWindow>> windows;
  for (int i = 0; i < options.batch; ++i) {
    windows.push_back(made_up_window(weights, plan, static_cast<unsigned>(i)));
  }
  Decoding done;
  for (int time = 0; time < times; ++time) {
    const auto session = engine->open_session();
    std::vector<int> streams;
    std::mt19937 random(1);
    const auto draw = [&] { return static_cast<int>(random() % weights->dims.n_vocab); };
    for (const auto& window : windows) {
      std::vector<int> prompt;
      for (int i = 0; i < kPromptTokens; ++i) prompt.push_back(draw());
      streams.push_back(session->open_stream(window));
      const StreamInput input{streams.back(), prompt};
      session->step({&input, 1}, {});
      for (int i = 1; i < options.beams; ++i) {
        streams.push_back(session->fork_stream(streams.back()));
      }
    }
    for (int step = 0; step < options.tokens; ++step) {
      std::vector<int> tokens;
      std::vector<StreamInput> inputs;
      for (std::size_t i = 0; i < streams.size(); ++i) tokens.push_back(draw());
      for (std::size_t i = 0; i < streams.size(); ++i) {
        inputs.push_back({streams[i], std::span(tokens).subspan(i, 1)});
      }
      double seconds = 0;
      const TensorView logits =
          base::Stopwatch::timed(seconds, [&] { return session->step(inputs, {}); });
      done.seconds.push_back(seconds);
      if (step + 1 < options.tokens) continue;
      done.logits.clear();
      for (int row = 0; row < logits.rows; ++row) {
        const auto values = logits.row<float>(row);
        done.logits.insert(done.logits.end(), values.begin(), values.end());
      }
    }
  }
  done.resident_mb = resident_mb();
  return done;
}

void verify_decoding(const Decoding& done, const std::shared_ptr<const ModelWeights>& weights,
                     Precision precision, const DecoderOptions& options, double& found) {
  // Of int8 some 3 % of a logit's size is noise (see decoder_test.cpp): 1 - 0.03^2 / 2, and margin.
  const double needed = precision == Precision::f32    ? 0.99999
                        : precision == Precision::bf16 ? 0.9995
                                                       : 0.995;
  DecoderOptions plain = options;
  plain.isa = "";
  found = cosine(done.logits, decode(weights, Precision::f32, plain, 1).logits);
  if (!(found > needed)) {
    throw Error(ErrorCode::internal, "decoder: expected logits with a cosine above " +
                                         std::to_string(needed) + " to those in float32, got " +
                                         std::to_string(found));
  }
}

}  // namespace

Report run_decoder(const DecoderOptions& options) {
  const Precision precision = parse_precision(options.precision);
  const auto weights = load_weights(options.model);
  const PrecisionPlan plan = PrecisionPlan::of(weights->dims, precision);
  const Decoding done = decode(weights, precision, options, options.iterations + 1);
  double similarity = 0;
  verify_decoding(done, weights, precision, options, similarity);

  Report report;
  report.setting = {{"model", options.model},
                    {"precision", precision_name(precision)},
                    {"threads", std::to_string(options.threads)},
                    {"windows", std::to_string(options.batch)},
                    {"streams per window", std::to_string(options.beams)},
                    {"cosine to float32", std::to_string(similarity)}};
  // The first round warms up.
  const std::span<const double> counted =
      std::span(done.seconds).subspan(static_cast<std::size_t>(options.tokens));
  const Traffic traffic = traffic_of(weights->dims, plan);
  std::vector<double> token_ms, step_ms, weight_rate, rate;
  for (const double seconds : counted) {
    step_ms.push_back(1e3 * seconds);
    token_ms.push_back(1e3 * seconds / (options.batch * options.beams));
    weight_rate.push_back(1e-9 * traffic.weights / seconds);
    rate.push_back(1e-9 * (traffic.weights + options.batch * traffic.window) / seconds);
  }
  const auto add = [&](const char* name, const char* unit, std::vector<double> values) {
    Row row;
    row.name = name;
    row.unit = unit;
    row.summary = summarise(std::move(values));
    row.verified = true;
    report.rows.push_back(std::move(row));
  };
  add("step", "ms", step_ms);
  add("token", "ms", token_ms);
  add("weights", "GB/s", weight_rate);
  add("weights and windows", "GB/s", rate);
  add("memory", "MB", {done.resident_mb});
  return report;
}

}  // namespace tessera::bench
