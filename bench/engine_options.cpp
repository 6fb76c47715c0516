#include "bench/engine_options.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "src/whisper/model_catalog.h"
#include "src/whisper/model_formats.h"
#include "src/whisper/random_model.h"

namespace tessera::bench {

std::shared_ptr<const compute::ModelWeights> load_weights(const std::string& model) {
  if (whisper::is_random_model(model)) {
    return whisper::make_random_model(whisper::parse_random_model(model)).weights;
  }
  return whisper::load_model(whisper::find_model(model, "")).weights;
}

// Each band wanders about a level of its own; log-mels lie between -1 and 1.5.
compute::Tensor made_up_mel(const compute::ModelDims& dims, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  compute::Tensor mel(compute::DType::f32, dims.n_mels, 2 * dims.n_audio_ctx);
  for (int band = 0; band < mel.rows(); ++band) {
    const float level = 0.2f * normal(random);
    float wander = 0;
    for (float& value : mel.row<float>(band)) {
      wander = 0.95f * wander + 0.15f * normal(random);
      value = std::clamp(level + wander, -1.0f, 1.5f);
    }
  }
  return mel;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    product += x * y;
    square_a += x * x;
    square_b += y * y;
  }
  return product / std::sqrt(square_a * square_b);
}

std::string peak_numbers(compute::Precision precision) {
  switch (precision) {
    case compute::Precision::f32:
      return "f32";
    case compute::Precision::bf16:
      return "bf16";
    case compute::Precision::int8:
    case compute::Precision::automatic:
      break;
  }
  return "i8";
}

}  // namespace tessera::bench
