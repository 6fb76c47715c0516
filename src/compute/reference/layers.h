// The parts that encoder and decoder are made of, in float32 with float64 sums.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "src/base/thread_pool.h"
#include "src/compute/reference/linear.h"
#include "src/compute/tensor.h"
#include "src/compute/weights.h"

namespace tessera::compute::reference {

struct Linear {
  PackedMatrix weight;      // (out, in)
  std::vector<float> bias;  // (out) or empty

  static Linear from(const LinearWeights& weights);
};

struct Norm {
  std::vector<float> gamma, beta;  // (width)

  static Norm from(const NormWeights& weights);
};

struct FeedForward {
  Norm norm;
  Linear up, down;
};

/// y = x W^T + b; x (m, in), y (m, out).
void apply(const Linear& linear, const Tensor& x, Tensor& y, base::ThreadPool& pool);

/// Layer normalisation of each row with epsilon 1e-5 (Ba et al. 2016; the epsilon is PyTorch's).
void apply(const Norm& norm, const Tensor& x, Tensor& y, base::ThreadPool& pool);

/// x += y, element by element.
void add(Tensor& x, const Tensor& y);

/// GELU in its exact form x Phi(x) (Hendrycks and Gimpel 2016), in place.
void gelu(Tensor& x, base::ThreadPool& pool);

/// x += down(gelu(up(norm(x)))), the second half of every block.
void feed_forward(const FeedForward& layer, Tensor& x, base::ThreadPool& pool);

/// Softmax of a row in place, stable by subtracting the maximum; the sum is float64.
void softmax(std::span<float> row);

/// Keys or values of all heads of one layer over one window, each packed for a product.
struct PackedHeads {
  std::vector<PackedMatrix> keys;    // per head (positions, head width): scores = q keys^T
  std::vector<PackedMatrix> values;  // per head (head width, positions): out = p values^T

  /// From k and v, each (positions, heads x head width).
  static PackedHeads pack(const Tensor& keys, const Tensor& values, int heads,
                          base::ThreadPool& pool);
};

/// Scores of m queries of one head, `stride` apart, for every position of its keys: q k / sqrt(head
/// width) (Vaswani et al. 2017), into scores (m, positions). On the calling thread.
void attention_scores(const PackedMatrix& keys, const float* queries, std::size_t stride, int m,
                      float* scores);

/// Attention of queries (m, width) over packed keys and values, without a mask, into out (m,
/// width).
void attend(const PackedHeads& heads, const Tensor& queries, Tensor& out, base::ThreadPool& pool);

/// Throws Error{cancelled} when `stop` asks for it.
void check_cancelled(const std::stop_token& stop);

}  // namespace tessera::compute::reference
