#include "src/compute/npu/engine/encoder_i8_rotation.h"

#include <cstddef>
#include <random>
#include <vector>

#include "src/compute/kernels/registry.h"

namespace tessera::compute::npu {
namespace {

using kernels::HadamardParams;

/// (rows, columns) to (columns, rows).
std::vector<float> transposed(std::span<const float> matrix, std::size_t columns) {
  const std::size_t rows = matrix.size() / columns;
  std::vector<float> out(matrix.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < columns; ++i) out[i * rows + row] = matrix[row * columns + i];
  }
  return out;
}

/// Element i of each part less twice the mean of these elements.
void reflect(std::span<float> row, std::size_t length) {
  const std::size_t parts = row.size() / length;
  for (std::size_t i = 0; i < length; ++i) {
    float total = 0;
    for (std::size_t at = i; at < row.size(); at += length) total += row[at];
    const float twice = 2 * total / static_cast<float>(parts);
    for (std::size_t at = i; at < row.size(); at += length) row[at] -= twice;
  }
}

/// Half of the columns get the other sign.
void flip(std::span<float> rows, int width) {
  std::mt19937 random(20220921);
  std::vector<bool> flipped;
  for (int i = 0; i < width; ++i) flipped.push_back((random() & 1U) != 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (flipped[i % flipped.size()]) rows[i] = -rows[i];
  }
}

/// Of `parts` parts of each row, (rows, parts, length).
void hadamard(std::span<float> rows, std::size_t parts, std::size_t length) {
  const kernels::Kernel& kernel =
      kernels::select(HadamardParams::kOp, kernels::IsaTier::from_environment());
  for (std::size_t part = 0; part < parts; ++part) {
    HadamardParams params;
    params.data = rows.data() + part * length;
    params.stride = static_cast<std::ptrdiff_t>(parts * length);
    params.rows = static_cast<int>(rows.size() / (parts * length));
    params.columns = static_cast<int>(length);
    kernel.run(params);
  }
}

/// Its own inverse.
void transform(std::span<float> rows, int width) {
  const auto n = static_cast<std::size_t>(width);
  const std::size_t length = n & (~n + 1);  // the largest power of two that divides it
  hadamard(rows, n / length, length);
  if (length == n) return;
  for (std::size_t row = 0; row < rows.size(); row += n) reflect(rows.subspan(row, n), length);
}

}  // namespace

void rotate(std::span<float> rows, int width) {
  flip(rows, width);
  transform(rows, width);
}

void rotate_back(std::span<float> rows, int width) {
  transform(rows, width);
  flip(rows, width);
}

void centre_and_rotate(std::span<float> rows, int width) {
  const auto n = static_cast<std::size_t>(width);
  for (std::size_t first = 0; first < rows.size(); first += n) {
    double mean = 0;
    for (const float x : rows.subspan(first, n)) mean += static_cast<double>(x) / width;
    for (float& x : rows.subspan(first, n)) x -= static_cast<float>(mean);
  }
  rotate(rows, width);
}

// Row i of weight R^T is R times row i.
void rotate_reader(FoldedProduct& product) { rotate(product.weight, product.k); }

void rotate_writer(FoldedProduct& product) {
  std::vector<float> columns = transposed(product.weight, static_cast<std::size_t>(product.k));
  centre_and_rotate(columns, product.n);
  product.weight = transposed(columns, static_cast<std::size_t>(product.n));
  centre_and_rotate(product.bias, product.n);
}

void rotate_heads(FoldedProduct& product) {
  constexpr std::size_t kHead = 64;
  std::vector<float> columns = transposed(product.weight, static_cast<std::size_t>(product.k));
  hadamard(columns, 1, kHead);  // a row is all heads, one after the other
  product.weight = transposed(columns, static_cast<std::size_t>(product.n));
  hadamard(product.bias, 1, kHead);
}

}  // namespace tessera::compute::npu
