#include "src/compute/cpu/residual.h"

#include <cmath>
#include <span>
#include <vector>

#include "src/compute/cpu/fold.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {

using kernels::kBlockTokens;

Tensor encoder_states(const ModelWeights& weights, const Residual& residual, bool rotated) {
  constexpr double kEpsilon = 1e-5;
  const auto width = static_cast<std::size_t>(residual.width);
  Tensor states(DType::f32, weights.dims.n_audio_ctx, residual.width);
  for (int position = 0; position < states.rows(); ++position) {
    const float* block = residual.block(position / kBlockTokens) + position % kBlockTokens;
    const std::span<float> row = states.row<float>(position);
    for (std::size_t i = 0; i < width; ++i) row[i] = block[i * kBlockTokens];
  }
  // The rotation is its own inverse.
  if (rotated) rotate_rows(states.values<float>().data(), states.rows(), residual.width);
  const std::vector<float> gamma = to_f32(weights.encoder_norm.gamma);
  const std::vector<float> beta = to_f32(weights.encoder_norm.beta);
  for (int position = 0; position < states.rows(); ++position) {
    const std::span<float> row = states.row<float>(position);
    double sum = 0, square = 0;
    for (const float value : row) sum += static_cast<double>(value);
    const double mean = sum / static_cast<double>(width);
    for (const float value : row) {
      square += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
    }
    const double gain = 1.0 / std::sqrt(square / static_cast<double>(width) + kEpsilon);
    for (std::size_t i = 0; i < width; ++i) {
      row[i] = static_cast<float>((static_cast<double>(row[i]) - mean) * gain) * gamma[i] + beta[i];
    }
  }
  return states;
}

void check_mel(const TensorView& mel, const ModelDims& dims, const std::string& which) {
  if (mel.rows == dims.n_mels && mel.cols == 2 * dims.n_audio_ctx) return;
  throw Error(ErrorCode::bad_argument,
              "encode: expected a log-mel of (" + std::to_string(dims.n_mels) + ", " +
                  std::to_string(2 * dims.n_audio_ctx) + "), got (" + std::to_string(mel.rows) +
                  ", " + std::to_string(mel.cols) + ")" + which);
}

}  // namespace tessera::compute::cpu
