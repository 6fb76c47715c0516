#include "src/compute/reference/layers.h"

#include <algorithm>
#include <cmath>

#include "tessera/error.h"

namespace tessera::compute::reference {

Linear Linear::from(const LinearWeights& weights) {
  Linear linear{PackedMatrix::from_weight(weights.weight), {}};
  if (weights.bias.present()) linear.bias = to_f32(weights.bias);
  return linear;
}

Norm Norm::from(const NormWeights& weights) {
  return {to_f32(weights.gamma), to_f32(weights.beta)};
}

void apply(const Linear& layer, const Tensor& x, Tensor& y, base::ThreadPool& pool) {
  linear(layer.weight, layer.bias, x.values<float>().data(), static_cast<std::size_t>(x.cols()),
         x.rows(), y.values<float>().data(), static_cast<std::size_t>(y.cols()), pool);
}

void apply(const Norm& norm, const Tensor& x, Tensor& y, base::ThreadPool& pool) {
  constexpr double kEpsilon = 1e-5;
  pool.parallel_for(static_cast<std::size_t>(x.rows()), [&](std::size_t index) {
    const auto in = x.row<float>(static_cast<int>(index));
    const auto out = y.row<float>(static_cast<int>(index));
    double sum = 0;
    for (const float value : in) sum += value;
    const double mean = sum / static_cast<double>(in.size());
    double squares = 0;
    for (const float value : in) squares += (value - mean) * (value - mean);
    const double scale = 1.0 / std::sqrt(squares / static_cast<double>(in.size()) + kEpsilon);
    for (std::size_t i = 0; i < in.size(); ++i) {
      out[i] = static_cast<float>((in[i] - mean) * scale * norm.gamma[i] + norm.beta[i]);
    }
  });
}

void add(Tensor& x, const Tensor& y) {
  const auto out = x.values<float>();
  const auto in = y.values<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] += in[i];
}

void gelu(Tensor& x, base::ThreadPool& pool) {
  pool.parallel_for(static_cast<std::size_t>(x.rows()), [&](std::size_t index) {
    for (float& value : x.row<float>(static_cast<int>(index))) {
      const double v = value;
      value = static_cast<float>(0.5 * v * (1.0 + std::erf(v * M_SQRT1_2)));
    }
  });
}

void feed_forward(const FeedForward& layer, Tensor& x, base::ThreadPool& pool) {
  Tensor normed(DType::f32, x.rows(), x.cols());
  apply(layer.norm, x, normed, pool);
  Tensor hidden(DType::f32, x.rows(), layer.up.weight.n());
  apply(layer.up, normed, hidden, pool);
  gelu(hidden, pool);
  apply(layer.down, hidden, normed, pool);
  add(x, normed);
}

void softmax(std::span<float> row) {
  const float maximum = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (float& value : row) {
    value = std::exp(value - maximum);
    sum += value;
  }
  for (float& value : row) value = static_cast<float>(value / sum);
}

PackedHeads PackedHeads::pack(const Tensor& keys, const Tensor& values, int heads,
                              base::ThreadPool& pool) {
  const int positions = keys.rows();
  const int width = keys.cols() / heads;
  const auto stride = static_cast<std::size_t>(keys.cols());
  PackedHeads packed;
  packed.keys.resize(static_cast<std::size_t>(heads));
  packed.values.resize(static_cast<std::size_t>(heads));
  pool.parallel_for(static_cast<std::size_t>(heads), [&](std::size_t head) {
    const std::size_t column = head * static_cast<std::size_t>(width);
    packed.keys[head] =
        PackedMatrix::from_rows(keys.values<float>().data() + column, positions, width, stride);
    packed.values[head] = PackedMatrix::from_columns(values.values<float>().data() + column, width,
                                                     positions, stride);
  });
  return packed;
}

void attention_scores(const PackedMatrix& keys, const float* queries, std::size_t stride, int m,
                      float* scores) {
  const auto positions = static_cast<std::size_t>(keys.n());
  const double scale = 1.0 / std::sqrt(static_cast<double>(keys.k()));
  linear_panels(keys, {}, queries, stride, m, scores, positions, 0, keys.panels());
  for (float& score : std::span(scores, static_cast<std::size_t>(m) * positions)) {
    score = static_cast<float>(score * scale);
  }
}

void attend(const PackedHeads& heads, const Tensor& queries, Tensor& out, base::ThreadPool& pool) {
  constexpr int kBlockRows = 32;
  const auto head_count = heads.keys.size();
  const int width = queries.cols() / static_cast<int>(head_count);
  const int positions = heads.keys[0].n();
  const int blocks = (queries.rows() + kBlockRows - 1) / kBlockRows;
  const auto stride = static_cast<std::size_t>(queries.cols());
  pool.parallel_for(head_count * static_cast<std::size_t>(blocks), [&](std::size_t task) {
    const std::size_t head = task % head_count;
    const int first = static_cast<int>(task / head_count) * kBlockRows;
    const int rows = std::min(kBlockRows, queries.rows() - first);
    const std::size_t corner =
        static_cast<std::size_t>(first) * stride + head * static_cast<std::size_t>(width);
    std::vector<float> scores(static_cast<std::size_t>(rows) * positions);  // (rows, positions)
    attention_scores(heads.keys[head], queries.values<float>().data() + corner, stride, rows,
                     scores.data());
    for (int row = 0; row < rows; ++row) {
      softmax({scores.data() + static_cast<std::size_t>(row) * positions,
               static_cast<std::size_t>(positions)});
    }
    linear_panels(heads.values[head], {}, scores.data(), static_cast<std::size_t>(positions), rows,
                  out.values<float>().data() + corner, stride, 0, heads.values[head].panels());
  });
}

void check_cancelled(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
}

}  // namespace tessera::compute::reference
