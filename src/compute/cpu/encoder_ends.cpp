#include "src/compute/cpu/encoder_ends.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/compute/cpu/encoder_pass.h"
#include "src/compute/cpu/residual.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

using kernels::kBlockTokens;

class CpuEncoderEnds : public EncoderEnds {
 public:
  CpuEncoderEnds(std::shared_ptr<const CpuModel> model, const KernelSet& kernels,
                 base::ThreadPool& pool)
      : model_(std::move(model)),
        kernels_(kernels),
        dims_(model_->dims()),
        pool_(pool),
        pack_(model_->encoder()),
        pass_(kernels, model_->store(), pack_, model_->plan(), dims_),
        planes_(model_->plan().stem, dims_.n_audio_state, pack_.blocks) {
    for (int i = 0; i < pool_.threads(); ++i) scratch_.emplace_back(dims_, model_->plan());
  }

  Tensor enter(const TensorView& mel) override;
  std::shared_ptr<const EncodedWindow> leave(const TensorView& x) override;

 private:
  template <class Body>
  void for_blocks(Body body) {
    pool_.parallel_for_workers(static_cast<std::size_t>(pack_.blocks),
                               [&](std::size_t block, std::size_t worker) {
                                 body(static_cast<int>(block), scratch_[worker]);
                               });
  }

  std::size_t residual_bytes() const { return Residual::bytes(dims_.n_audio_state, pack_.blocks); }

  std::shared_ptr<const CpuModel> model_;
  const KernelSet& kernels_;
  const ModelDims& dims_;
  base::ThreadPool& pool_;
  const EncoderPack& pack_;
  EncoderPass pass_;
  StemPlanes planes_;
  std::vector<BlockScratch> scratch_;  // one per thread
};

/// Calls each(position, channel, number in the stream) for all of them.
template <class Each>
void for_numbers(const Residual& residual, int positions, Each each) {
  for (int position = 0; position < positions; ++position) {
    float* const block = residual.block(position / kBlockTokens) + position % kBlockTokens;
    for (int i = 0; i < residual.width; ++i) each(position, i, block[i * kBlockTokens]);
  }
}

Tensor CpuEncoderEnds::enter(const TensorView& mel) {
  check_mel(mel, dims_, "");
  std::atomic<bool> broken = false;
  for_blocks([&](int block, BlockScratch& scratch) {
    if (!run_conv1(pass_.stem(), mel, block, planes_, scratch.stem)) broken = true;
  });
  if (broken) {
    throw Error(ErrorCode::bad_argument,
                "encode: expected finite numbers, got NaN or infinity in the log-mel");
  }
  const Residual residual(dims_.n_audio_state, base::allocate_aligned(residual_bytes()));
  for_blocks([&](int block, BlockScratch& scratch) {
    run_conv2(pass_.stem(), planes_, block, scratch.stem, residual.block(block));
  });
  Tensor x(DType::f32, dims_.n_audio_ctx, dims_.n_audio_state);
  for_numbers(residual, x.rows(), [&](int position, int channel, float value) {
    x.row<float>(position)[static_cast<std::size_t>(channel)] = value;
  });
  if (pack_.rotated) rotate_rows(x.values<float>().data(), x.rows(), x.cols());  // its own inverse
  return x;
}

std::shared_ptr<const EncodedWindow> CpuEncoderEnds::leave(const TensorView& x) {
  if (x.rows != dims_.n_audio_ctx || x.cols != dims_.n_audio_state) {
    throw Error(ErrorCode::bad_argument,
                "encode: expected states of (" + std::to_string(dims_.n_audio_ctx) + ", " +
                    std::to_string(dims_.n_audio_state) + "), got (" + std::to_string(x.rows) +
                    ", " + std::to_string(x.cols) + ")");
  }
  const auto residual =
      std::make_shared<Residual>(dims_.n_audio_state, base::allocate_aligned(residual_bytes()));
  std::fill_n(residual->block(0),
              static_cast<std::size_t>(pack_.blocks) *
                  static_cast<std::size_t>(dims_.n_audio_state) * kBlockTokens,
              0.0f);
  for_numbers(*residual, x.rows, [&](int position, int channel, float& value) {
    value = x.row<float>(position)[static_cast<std::size_t>(channel)];
  });
  const std::vector<Number>& numbers = model_->plan().cross;
  std::vector<CrossHeads> cross = place_cross(
      numbers, dims_.n_text_heads, dims_.n_audio_ctx,
      base::allocate_aligned(cross_bytes(numbers, dims_.n_text_heads, dims_.n_audio_ctx)));
  for_blocks([&](int block, BlockScratch& scratch) {
    float* const stream = residual->block(block);
    if (pack_.rotated) {
      kernels::LaneRotateParams p;
      p.x = stream;
      p.channels = dims_.n_audio_state;
      kernels_.lane_rotate.run(p);
    }
    pass_.project_cross({0, block, stream}, cross, scratch);
  });
  return std::make_shared<CpuWindow>(
      model_->weights(), std::move(cross),
      [weights = model_->weights(), residual, rotated = pack_.rotated] {
        return encoder_states(*weights, *residual, rotated);
      });
}

}  // namespace

std::unique_ptr<EncoderEnds> make_encoder_ends(std::shared_ptr<const CpuModel> model,
                                               const KernelSet& kernels, base::ThreadPool& pool) {
  return std::make_unique<CpuEncoderEnds>(std::move(model), kernels, pool);
}

}  // namespace tessera::compute::cpu
