// The operations that Whisper is made of, on matrices of any size: Tessera's kernels without a
// model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tessera/error.h"

namespace tessera::ops {

/// A matrix in memory that somebody else owns, row-major.
template <class T>
struct Matrix {
  T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;  ///< elements from one row to the next; 0: as many as there are columns
};

/// How to compute.
struct OpOptions {
  int threads = 1;  ///< 0: one per physical core that this process may use
  /// The highest instruction set that may run: empty or "auto" for all that the machine has, else a
  /// name that list_kernels takes.
  std::string isa;
};

/// A bfloat16 number: the upper half of a float32.
struct Bf16 {
  std::uint16_t bits = 0;
};

/// c = a b. Any sizes from 1: m x k by k x n gives m x n. Sides that are no multiple of a tile are
/// padded inside; nothing outside the matrices is read or written. `c` must not overlap the others.
///
/// float32: sums in float32, in an order that depends on the kernel: within (k + 1) 2^-24 of the
/// sum of the products' sizes (Higham, Accuracy and Stability of Numerical Algorithms, 3.1). int8:
/// exact in int32; k at most 65536, so that no sum overflows. bfloat16: sums in float32, with the
/// same bound; denormal numbers count as zero.
///
/// All operations throw Error{bad_argument} when sizes do not fit together, a stride is shorter
/// than a row, or a pointer is null, and Error{unsupported} when the machine lacks options.isa.
TESSERA_API void matmul(Matrix<const float> a, Matrix<const float> b, Matrix<float> c,
                        const OpOptions& options = {});
TESSERA_API void matmul(Matrix<const std::int8_t> a, Matrix<const std::int8_t> b,
                        Matrix<std::int32_t> c, const OpOptions& options = {});
TESSERA_API void matmul(Matrix<const Bf16> a, Matrix<const Bf16> b, Matrix<float> c,
                        const OpOptions& options = {});

/// A right-hand matrix laid out as the kernels read it, once for any number of products. Copies
/// share the memory. T is float, std::int8_t or Bf16.
template <class T>
class TESSERA_API PackedMatrix {
 public:
  /// `isa` as OpOptions::isa. Throws as the operations do.
  explicit PackedMatrix(Matrix<const T> b, const std::string& isa = "");
  std::int64_t rows() const;
  std::int64_t columns() const;

  struct Contents;  ///< for the operations below
  const Contents& contents() const { return *contents_; }

 private:
  std::shared_ptr<const Contents> contents_;
};

/// c = a b with `b` packed before: nothing but the product is left to do, which for sizes near a
/// tile is half of the time. The kernel is the one that was chosen when packing.
TESSERA_API void matmul(Matrix<const float> a, const PackedMatrix<float>& b, Matrix<float> c,
                        int threads = 1);
TESSERA_API void matmul(Matrix<const std::int8_t> a, const PackedMatrix<std::int8_t>& b,
                        Matrix<std::int32_t> c, int threads = 1);
TESSERA_API void matmul(Matrix<const Bf16> a, const PackedMatrix<Bf16>& b, Matrix<float> c,
                        int threads = 1);

/// out = x weight^T + bias, as torch.nn.functional.linear: x is (m, k), weight (n, k), out (m, n),
/// and bias, if it is not null, has n values.
TESSERA_API void linear(Matrix<const float> x, Matrix<const float> weight, const float* bias,
                        Matrix<float> out, const OpOptions& options = {});

/// out = softmax of each row of x, with the row's maximum taken off first. `out` may be `x`. A row
/// of minus infinity alone gives NaN, as in PyTorch.
TESSERA_API void softmax(Matrix<const float> x, Matrix<float> out, const OpOptions& options = {});

struct AttentionOptions : OpOptions {
  std::optional<float> scale;        ///< of the scores; 1 / sqrt(columns of q) if not given
  bool causal = false;               ///< query i sees key j only if j <= i + (keys - queries)
  std::optional<std::int64_t> keys;  ///< how many keys count, from the first; all if not given
};

/// out = softmax(scale q k^T) v for one head (Vaswani et al. 2017): q is (queries, d), k (keys, d),
/// v (keys, e), out (queries, e). The scores of a block of queries exist at a time, never all.
/// Throws Error{bad_argument} also when a query would see no key.
TESSERA_API void attention(Matrix<const float> q, Matrix<const float> k, Matrix<const float> v,
                           Matrix<float> out, const AttentionOptions& options = {});

}  // namespace tessera::ops
