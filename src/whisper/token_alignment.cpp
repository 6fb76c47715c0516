#include "src/whisper/token_alignment.h"

#include <algorithm>
#include <cmath>

#include "src/whisper/dtw.h"
#include "src/whisper/median_filter.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::Tensor;

constexpr double kPositionsPerSecond = 50;

void softmax(std::span<const float> scores, std::span<float> out) {
  if (scores.empty()) return;
  const float maximum = *std::ranges::max_element(scores);
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    out[i] = std::exp(scores[i] - maximum);
    sum += out[i];
  }
  for (float& value : out) value = static_cast<float>(value / sum);
}

/// Each column to mean 0 and deviation 1; the deviation is that of the values, not an estimate for
/// more of them. Values are rounded where PyTorch rounds.
void standardise_columns(Tensor& x) {
  const double rows = x.rows();
  for (std::size_t j = 0; j < static_cast<std::size_t>(x.cols()); ++j) {
    double sum = 0;
    for (int i = 0; i < x.rows(); ++i) sum += x.row<float>(i)[j];
    const double mean = sum / rows;
    double squares = 0;
    for (int i = 0; i < x.rows(); ++i) {
      const double difference = x.row<float>(i)[j] - mean;
      squares += difference * difference;
    }
    const auto deviation = static_cast<float>(std::sqrt(squares / rows));
    for (int i = 0; i < x.rows(); ++i) {
      float& value = x.row<float>(i)[j];
      value = (value - static_cast<float>(mean)) / deviation;
    }
  }
}

}  // namespace

Tensor listening_map(const compute::TensorView& scores, int heads, int positions,
                     int median_filter_width) {
  const int tokens = scores.rows / heads;
  const auto used = static_cast<std::size_t>(positions);
  std::vector<double> sums(static_cast<std::size_t>(tokens) * used);
  Tensor weights(DType::f32, tokens, positions);
  for (int head = 0; head < heads; ++head) {
    for (int token = 0; token < tokens; ++token) {
      softmax(scores.row<float>(head * tokens + token).first(used), weights.row<float>(token));
    }
    standardise_columns(weights);
    for (int token = 0; token < tokens; ++token) {
      const auto row = weights.row<float>(token);
      median_filter(row, median_filter_width);
      double* const to = sums.data() + static_cast<std::size_t>(token) * used;
      for (std::size_t j = 0; j < used; ++j) to[j] += row[j];
    }
  }
  std::ranges::transform(sums, weights.values<float>().begin(),
                         [&](double sum) { return static_cast<float>(sum / heads); });
  return weights;
}

std::vector<double> token_times(const Tensor& map, int first, int last) {
  Tensor costs(DType::f32, last - first, map.cols());
  for (int row = first; row < last; ++row) {
    std::ranges::transform(map.row<float>(row), costs.row<float>(row - first).begin(),
                           [](float value) { return -value; });
  }
  const WarpingPath path = dtw(costs.view());
  std::vector<double> times;
  for (std::size_t i = 0; i < path.rows.size(); ++i) {
    if (i == 0 || path.rows[i] != path.rows[i - 1]) {
      times.push_back(path.columns[i] / kPositionsPerSecond);
    }
  }
  return times;
}

}  // namespace tessera::whisper
