#include "src/compute/cpu/fold.h"

#include <cmath>

namespace tessera::compute::cpu {
namespace {

/// change(rows of outputs), of every column of the weight and of the bias.
template <class Change>
void change_outputs(Dense& layer, Change change) {
  // Columns of the weight are rows of its transpose.
  const auto n = static_cast<std::size_t>(layer.n), k = static_cast<std::size_t>(layer.k);
  std::vector<float> columns(n * k);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t i = 0; i < k; ++i) columns[i * n + row] = layer.weight[row * k + i];
  }
  change(columns);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t i = 0; i < k; ++i) layer.weight[row * k + i] = columns[i * n + row];
  }
  change(layer.bias);
}

void rotate_rows_of_heads(std::vector<float>& rows) {
  rotate_rows(rows.data(), static_cast<int>(rows.size()) / kernels::kHeadWidth,
              kernels::kHeadWidth);
}

}  // namespace

Dense Dense::from(const WeightView& weight, const WeightView& bias) {
  Dense dense;
  dense.n = static_cast<int>(weight.shape[0]);
  const auto channels = static_cast<std::size_t>(weight.shape[1]);
  const auto taps = static_cast<std::size_t>(weight.shape[2]);
  dense.k = static_cast<int>(channels * taps);
  dense.weight = to_f32(weight);
  if (taps > 1) {
    const std::vector<float> by_channel = dense.weight;
    for (std::size_t row = 0; row < static_cast<std::size_t>(dense.n); ++row) {
      for (std::size_t tap = 0; tap < taps; ++tap) {
        for (std::size_t c = 0; c < channels; ++c) {
          dense.weight[(row * taps + tap) * channels + c] =
              by_channel[(row * channels + c) * taps + tap];
        }
      }
    }
  }
  dense.bias =
      bias.present() ? to_f32(bias) : std::vector<float>(static_cast<std::size_t>(dense.n));
  return dense;
}

void fold_norm(const NormWeights& norm, Dense& reader) {
  const std::vector<float> gamma = to_f32(norm.gamma), beta = to_f32(norm.beta);
  const auto k = static_cast<std::size_t>(reader.k);
  for (std::size_t row = 0; row < static_cast<std::size_t>(reader.n); ++row) {
    float* weight = reader.weight.data() + row * k;
    double offset = reader.bias[row];
    for (std::size_t i = 0; i < k; ++i) {
      offset += static_cast<double>(weight[i]) * beta[i];
      weight[i] *= gamma[i];
    }
    reader.bias[row] = static_cast<float>(offset);
  }
}

void rotate_rows(float* data, int rows, int k) {
  const auto n = static_cast<std::size_t>(k);
  const std::size_t length = n & (~n + 1), parts = n / length;
  const float scale = 1.0f / std::sqrt(static_cast<float>(length));
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    float* x = data + row * n;
    for (std::size_t half = 1; half < length; half *= 2) {
      for (std::size_t first = 0; first < n; first += 2 * half) {
        for (std::size_t i = first; i < first + half; ++i) {
          const float a = x[i], b = x[i + half];
          x[i] = a + b;
          x[i + half] = a - b;
        }
      }
    }
    for (std::size_t i = 0; i < n; ++i) x[i] *= scale;
    if (parts == 1) continue;
    for (std::size_t i = 0; i < length; ++i) {
      float total = 0;
      for (std::size_t part = 0; part < parts; ++part) total += x[part * length + i];
      total *= 2.0f / static_cast<float>(parts);
      for (std::size_t part = 0; part < parts; ++part) x[part * length + i] -= total;
    }
  }
}

// Row i of weight R^T is R times row i.
void rotate_reader(Dense& reader) { rotate_rows(reader.weight.data(), reader.n, reader.k); }

void rotate_table(std::vector<float>& table, int width) {
  const auto n = static_cast<std::size_t>(width);
  for (std::size_t first = 0; first < table.size(); first += n) {
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += static_cast<double>(table[first + i]);
    mean /= width;
    for (std::size_t i = 0; i < n; ++i) table[first + i] -= static_cast<float>(mean);
  }
  rotate_rows(table.data(), static_cast<int>(table.size() / n), width);
}

void rotate_writer(Dense& writer) {
  change_outputs(writer, [&](std::vector<float>& rows) { rotate_table(rows, writer.n); });
}

void rotate_heads(Dense& layer) {
  change_outputs(layer, [](std::vector<float>& rows) { rotate_rows_of_heads(rows); });
}

void rotate_reader_of_heads(Dense& reader) { rotate_rows_of_heads(reader.weight); }

void scale(Dense& layer, float factor) {
  for (float& value : layer.weight) value *= factor;
  for (float& value : layer.bias) value *= factor;
}

}  // namespace tessera::compute::cpu
