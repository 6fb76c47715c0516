// The encoder of the cpu device on whole windows.
#include <chrono>

#include "bench/engine_options.h"
#include "src/base/thread_pool.h"
#include "src/compute/cpu/encoder.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using namespace compute;  // NOLINT: this file is about them
using cpu::KernelSet;
using cpu::PrecisionPlan;

/// Cosine to float32 below which a time does not count. Far below what an engine should have (see
/// the suite `accuracy`): a wrong kernel gives less.
constexpr double kLeastCosine = 0.99;

double ms_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

std::span<const float> values_of(const TensorView& view) {
  return {reinterpret_cast<const float*>(view.data),
          static_cast<std::size_t>(view.rows) * static_cast<std::size_t>(view.cols)};
}

/// Multiplications and additions of one window, without norms, softmax and GELU.
struct Work {
  explicit Work(const ModelDims& dims) {
    const double positions = dims.n_audio_ctx, width = dims.n_audio_state;
    const double layers = dims.n_audio_layers;
    const double square = 2 * positions * width * width;
    stem = 2 * 2 * positions * width * 3 * dims.n_mels + 3 * square;
    project = 3 * square * layers;
    attention = 4 * positions * positions * width * layers;
    out = square * layers;
    feed_forward = 4 * positions * width * dims.n_audio_ffn * layers;
    cross = 2 * square * dims.n_text_layers;
  }
  double all() const { return stem + project + attention + out + feed_forward + cross; }

  double stem, project, attention, out, feed_forward, cross;
};

class Encoding {
 public:
  explicit Encoding(const EngineOptions& options)
      : weights_(load_weights(options.model)),
        precision_(parse_precision(options.precision)),
        tier_(options.isa.empty() ? kernels::IsaTier::from_environment()
                                  : kernels::IsaTier::parse(options.isa)),
        kernels_(tier_),
        pool_(options.threads > 0 ? options.threads : base::available_cores()) {
    for (int i = 0; i < options.batch; ++i) {
      mels_.push_back(made_up_mel(weights_->dims, static_cast<unsigned>(i)));
    }
    for (const Tensor& mel : mels_) views_.push_back(mel.view());
    const auto begin = std::chrono::steady_clock::now();
    engine_ =
        cpu::make_encoder(weights_, PrecisionPlan::of(weights_->dims, precision_), kernels_, pool_);
    load_ms_ = ms_since(begin);
  }

  void verify() {
    const auto exact = cpu::make_encoder(
        weights_, PrecisionPlan::of(weights_->dims, Precision::f32), kernels_, pool_);
    const auto wanted = exact->encode(views_, {});
    const auto got = engine_->encode(views_, {});
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double same = cosine(values_of(got[i]->states()), values_of(wanted[i]->states()));
      if (!(same > kLeastCosine)) {
        throw Error(ErrorCode::internal, "encoder: window " + std::to_string(i) + " has cosine " +
                                             std::to_string(same) +
                                             " to float32; nothing was timed");
      }
    }
  }

  double run_ms() {
    const auto begin = std::chrono::steady_clock::now();
    const auto windows = engine_->encode(views_, {});
    return ms_since(begin);
  }

  const ModelDims& dims() const { return weights_->dims; }
  Precision precision() const { return precision_; }
  kernels::Isa isa() const { return kernels_.isa; }
  int threads() const { return pool_.threads(); }
  double load_ms() const { return load_ms_; }
  cpu::CpuEncoderEngine& engine() { return *engine_; }

 private:
  std::shared_ptr<const ModelWeights> weights_;
  Precision precision_;
  kernels::IsaTier tier_;
  KernelSet kernels_;
  base::ThreadPool pool_;
  std::vector<Tensor> mels_;
  std::vector<TensorView> views_;
  std::unique_ptr<cpu::CpuEncoderEngine> engine_;
  double load_ms_ = 0;
};

}  // namespace

Report run_encoder(const EngineOptions& options, PeakTable& peak) {
  Encoding encoding(options);
  encoding.verify();
  const Work work(encoding.dims());
  const double peak_per_s =
      peak.ops_per_s(peak_numbers(encoding.precision()), encoding.isa(), encoding.threads());
  const double windows = options.batch;

  std::vector<double> window_ms, speed;
  for (int i = 0; i < options.iterations; ++i) {
    window_ms.push_back(encoding.run_ms() / windows);
    speed.push_back(30e3 / window_ms.back());
  }
  encoding.engine().time_stages();
  std::vector<std::vector<double>> stage_ms(cpu::kStages);
  for (int i = 0; i < options.iterations; ++i) {
    encoding.run_ms();
    const auto seconds = encoding.engine().take_stage_times();
    for (std::size_t stage = 0; stage < seconds.size(); ++stage) {
      stage_ms[stage].push_back(1e3 * seconds[stage] / windows / encoding.threads());
    }
  }

  Report report;
  report.setting = {{"model", options.model},
                    {"precision", precision_name(encoding.precision())},
                    {"windows at a time", std::to_string(options.batch)},
                    {"weights", std::to_string(encoding.engine().weight_bytes() >> 20) + " MiB"}};
  const auto add = [&](const std::string& name, const std::vector<double>& values, double ops) {
    Row row;
    row.name = name;
    row.summary = summarise(values);
    row.verified = true;
    row.isa = kernels::isa_name(encoding.isa());
    row.threads = encoding.threads();
    row.giga_ops_per_s = 1e-6 * ops / row.summary.median;
    row.share_of_peak = peak_per_s > 0 ? 1e9 * row.giga_ops_per_s / peak_per_s : 0;
    report.rows.push_back(std::move(row));
  };
  add("window", window_ms, work.all());
  add("stem", stage_ms[static_cast<std::size_t>(cpu::Stage::stem)], work.stem);
  add("queries, keys, values", stage_ms[static_cast<std::size_t>(cpu::Stage::project)],
      work.project);
  add("attention", stage_ms[static_cast<std::size_t>(cpu::Stage::attention)], work.attention);
  add("output projection", stage_ms[static_cast<std::size_t>(cpu::Stage::out)], work.out);
  add("feed-forward", stage_ms[static_cast<std::size_t>(cpu::Stage::feed_forward)],
      work.feed_forward);
  add("cross keys, values", stage_ms[static_cast<std::size_t>(cpu::Stage::cross)], work.cross);
  add("packing", {encoding.load_ms()}, 0);
  Row times;
  times.name = "speed";
  times.unit = "x real time";
  times.summary = summarise(speed);
  times.verified = true;
  times.threads = encoding.threads();
  report.rows.push_back(std::move(times));
  return report;
}

}  // namespace tessera::bench
