#include "src/compute/cpu/encoder.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "src/compute/cpu/encoder_pass.h"
#include "src/compute/cpu/memory_pool.h"
#include "src/compute/cpu/residual.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

/// Least blocks per thread that a group of windows should have, so that the last ones to run leave
/// few threads idle.
constexpr int kBlocksPerThread = 8;
/// Of windows that have gone, for those to come: ten of Whisper base in int8. At least one window's
/// are kept.
constexpr std::size_t kMostKeptBytes = std::size_t{128} << 20;

Number largest_attention(const PrecisionPlan& plan) {
  Number largest = Number::i8;
  for (const EncoderLayerPlan& layer : plan.encoder) largest = std::min(largest, layer.attention);
  return largest;
}
static_assert(Number::f32 < Number::bf16 && Number::bf16 < Number::i8);

class CpuEncoder : public CpuEncoderEngine {
 public:
  CpuEncoder(std::shared_ptr<const CpuModel> model, const KernelSet& kernels,
             base::ThreadPool& pool)
      : model_(std::move(model)),
        dims_(model_->dims()),
        plan_(model_->plan()),
        pool_(pool),
        pack_(model_->encoder()),
        pass_(kernels, model_->store(), pack_, plan_, dims_),
        memory_(std::max(kMostKeptBytes, residual_bytes() + cross_bytes())) {
    for (int i = 0; i < pool_.threads(); ++i) scratch_.emplace_back(dims_, plan_);
  }

  std::vector<std::shared_ptr<const EncodedWindow>> encode(std::span<const TensorView> mels,
                                                           const std::stop_token& stop) override;

  void time_stages() override {
    for (BlockScratch& scratch : scratch_) scratch.times.enable(true);
  }
  StageTimes::Seconds take_stage_times() override {
    StageTimes::Seconds sum{};
    for (BlockScratch& scratch : scratch_) {
      const StageTimes::Seconds times = scratch.times.take();
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += times[i];
    }
    return sum;
  }
  std::size_t weight_bytes() const override { return model_->store().bytes(); }

 private:
  /// Windows that are encoded at the same time.
  int group_size() const {
    const int blocks = kBlocksPerThread * pool_.threads();
    return (blocks + pack_.blocks - 1) / pack_.blocks;
  }
  /// Of what a window keeps.
  std::size_t residual_bytes() const { return Residual::bytes(dims_.n_audio_state, pack_.blocks); }
  std::size_t cross_bytes() const {
    return cpu::cross_bytes(plan_.cross, dims_.n_text_heads, dims_.n_audio_ctx);
  }
  void check(const TensorView& mel, std::size_t window) const;
  void grow(int windows);
  void encode_group(std::span<const TensorView> mels, std::size_t first,
                    const std::stop_token& stop,
                    std::vector<std::shared_ptr<const EncodedWindow>>& out);
  void run_stem(std::span<const TensorView> mels, std::size_t first,
                const std::vector<std::shared_ptr<Residual>>& residuals);
  /// Calls body(place, scratch) for every block of all windows.
  template <class Body>
  void for_blocks(const std::vector<std::shared_ptr<Residual>>& residuals, Body body);

  std::shared_ptr<const CpuModel> model_;
  const ModelDims& dims_;
  const PrecisionPlan& plan_;
  base::ThreadPool& pool_;
  const EncoderPack& pack_;
  EncoderPass pass_;
  MemoryPool memory_;                  // of windows
  std::vector<BlockScratch> scratch_;  // one per thread
  std::vector<StemPlanes> planes_;     // one per window of a group
  std::vector<SelfHeads> heads_;       // what a layer reads and what the next will
  int windows_ = 0;                    // that planes_ and heads_ are made for
};

void CpuEncoder::check(const TensorView& mel, std::size_t window) const {
  check_mel(mel, dims_, " for window " + std::to_string(window));
}

void CpuEncoder::grow(int windows) {
  if (windows <= windows_) return;
  planes_.clear();
  heads_.clear();
  windows_ = 0;
  for (int i = 0; i < windows; ++i) {
    planes_.emplace_back(plan_.stem, dims_.n_audio_state, pack_.blocks);
  }
  for (int i = 0; i < 2; ++i) {
    heads_.emplace_back(largest_attention(plan_), windows, dims_.n_audio_heads, pack_.blocks);
  }
  windows_ = windows;
}

template <class Body>
void CpuEncoder::for_blocks(const std::vector<std::shared_ptr<Residual>>& residuals, Body body) {
  const auto blocks = static_cast<std::size_t>(pack_.blocks);
  pool_.parallel_for_workers(residuals.size() * blocks, [&](std::size_t i, std::size_t worker) {
    BlockPlace place;
    place.window = static_cast<int>(i / blocks);
    place.block = static_cast<int>(i % blocks);
    place.x = residuals[i / blocks]->block(place.block);
    body(place, scratch_[worker]);
  });
}

void CpuEncoder::run_stem(std::span<const TensorView> mels, std::size_t first,
                          const std::vector<std::shared_ptr<Residual>>& residuals) {
  std::atomic<std::size_t> broken = mels.size();  // a window with a number that is not finite
  for_blocks(residuals, [&](const BlockPlace& place, BlockScratch& scratch) {
    const auto window = static_cast<std::size_t>(place.window);
    scratch.times.begin();
    if (!run_conv1(pass_.stem(), mels[window], place.block, planes_[window], scratch.stem)) {
      broken = window;
    }
    scratch.times.end(Stage::stem);
  });
  if (broken < mels.size()) {
    throw Error(ErrorCode::bad_argument,
                "encode: expected finite numbers, got NaN or infinity in the log-mel of window " +
                    std::to_string(first + broken));
  }
  for_blocks(residuals, [&](const BlockPlace& place, BlockScratch& scratch) {
    scratch.times.begin();
    run_conv2(pass_.stem(), planes_[static_cast<std::size_t>(place.window)], place.block,
              scratch.stem, place.x);
    scratch.times.end(Stage::stem);
    pass_.project(0, place, heads_[0], scratch);
    scratch.times.end(Stage::project);
  });
}

void CpuEncoder::encode_group(std::span<const TensorView> mels, std::size_t first,
                              const std::stop_token& stop,
                              std::vector<std::shared_ptr<const EncodedWindow>>& out) {
  std::vector<std::shared_ptr<Residual>> residuals;
  std::vector<std::vector<CrossHeads>> cross(mels.size());
  for (std::size_t window = 0; window < mels.size(); ++window) {
    residuals.push_back(
        std::make_shared<Residual>(dims_.n_audio_state, memory_.take(residual_bytes())));
    cross[window] = place_cross(plan_.cross, dims_.n_text_heads, dims_.n_audio_ctx,
                                memory_.take(cross_bytes()));
  }
  run_stem(mels, first, residuals);
  for (std::size_t layer = 0; layer < pack_.layers.size(); ++layer) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
    for_blocks(residuals, [&](const BlockPlace& place, BlockScratch& scratch) {
      pass_.run_layer(layer, place, heads_[layer % 2], scratch);
      if (layer + 1 < pack_.layers.size()) {
        pass_.project(layer + 1, place, heads_[(layer + 1) % 2], scratch);
        scratch.times.end(Stage::project);
      } else {
        pass_.project_cross(place, cross[static_cast<std::size_t>(place.window)], scratch);
        scratch.times.end(Stage::cross);
      }
    });
  }
  for (std::size_t window = 0; window < mels.size(); ++window) {
    const auto states = [weights = model_->weights(), residual = residuals[window],
                         rotated = pack_.rotated] {
      return encoder_states(*weights, *residual, rotated);
    };
    out.push_back(std::make_shared<CpuWindow>(model_->weights(), std::move(cross[window]), states));
  }
}

std::vector<std::shared_ptr<const EncodedWindow>> CpuEncoder::encode(
    std::span<const TensorView> mels, const std::stop_token& stop) {
  for (std::size_t i = 0; i < mels.size(); ++i) check(mels[i], i);
  const auto size = static_cast<std::size_t>(group_size());
  grow(static_cast<int>(std::min(size, mels.size())));
  std::vector<std::shared_ptr<const EncodedWindow>> windows;
  for (std::size_t first = 0; first < mels.size(); first += size) {
    encode_group(mels.subspan(first, std::min(size, mels.size() - first)), first, stop, windows);
  }
  return windows;
}

}  // namespace

std::unique_ptr<CpuEncoderEngine> make_encoder(std::shared_ptr<const CpuModel> model,
                                               const KernelSet& kernels, base::ThreadPool& pool) {
  return std::make_unique<CpuEncoder>(std::move(model), kernels, pool);
}

std::unique_ptr<CpuEncoderEngine> make_encoder(std::shared_ptr<const ModelWeights> weights,
                                               const PrecisionPlan& plan, const KernelSet& kernels,
                                               base::ThreadPool& pool) {
  return make_encoder(packed_model(std::move(weights), plan, kernels, pool, {true, false}), kernels,
                      pool);
}

}  // namespace tessera::compute::cpu
