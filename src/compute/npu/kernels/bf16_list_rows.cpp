// Rows of kernel_list.inc that are bfloat16 kernels of an AIE2 core: operands are laid out in the
// memory of an emulated core, a part at a time, as a transfer would bring them.
#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "src/compute/kernels/bf16_abi.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/npu/emulator/core_state.h"
// bfloat16 comes first.
#include "src/compute/npu/emulator/aie_api/types.hpp"
// and then who takes it
#include "src/compute/kernels/bf16_kernels_aie2.h"
#include "src/compute/npu/kernels/bf16_blocks.h"
#include "src/compute/npu/kernels/flash_attention_core.h"

namespace tessera::compute::npu {
namespace {

constexpr int kTile = 64;
constexpr std::size_t kElements = std::size_t{kTile} * kTile;

/// Runs an op; its own name, or that it failed, for the list's test to see.
template <class Run>
const char* name_of(const char* name, const Run& run) noexcept {
  try {
    run();
    return name;
  } catch (...) {
    return "an error of the emulated core";
  }
}

Bfloat16* place(CoreState& core, const char* name, std::size_t elements, std::size_t bank) {
  return reinterpret_cast<Bfloat16*>(core.place(name, elements * sizeof(Bfloat16), bank));
}

void copy_in(const std::uint16_t* from, Bfloat16* to, std::ptrdiff_t count) {
  for (std::ptrdiff_t i = 0; i < count; ++i) to[i].bits = from[i];
}

void copy_out(const Bfloat16* from, std::uint16_t* to, std::ptrdiff_t count) {
  for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = from[i].bits;
}

/// Calls work(in, out, first, count) for parts of `count` numbers that fit a bank.
template <class Work>
void in_parts(const std::uint16_t* in, std::uint16_t* out, std::ptrdiff_t count,
              std::ptrdiff_t part, const char* kernel, const Work& work) {
  CoreState core;
  Bfloat16* const from = place(core, "in", static_cast<std::size_t>(part), 0);
  Bfloat16* const to = place(core, "out", static_cast<std::size_t>(part), 1);
  for (std::ptrdiff_t first = 0; first < count; first += part) {
    const std::ptrdiff_t here = std::min(part, count - first);
    copy_in(in + first, from, here);
    {
      const CoreScope scope(core, kernel);
      work(from, to, static_cast<std::int32_t>(here));
    }
    copy_out(to, out + first, here);
  }
}

/// C in tiles of 64, added up over k in tiles of 64; what is past a matrix is zero.
class MatmulBf16Core {
 public:
  explicit MatmulBf16Core(const kernels::MatmulBf16Params& p) : p_(p) {
    a_ = place(core_, "a", kElements, 0);
    b_ = place(core_, "b", kElements, 1);
    c_ = reinterpret_cast<float*>(core_.place("c", kElements * sizeof(float), 2));
  }

  void run() {
    for (int row = 0; row < p_.m; row += kTile) {
      for (int column = 0; column < p_.n; column += kTile) run_tile(row, column);
    }
  }

 private:
  void run_tile(int row, int column) {
    {
      const CoreScope scope(core_, "matmul_bf16_begin");
      matmul_bf16_begin(c_, kTile, kTile);
    }
    for (int depth = 0; depth < p_.k; depth += kTile) {
      load(a_, 4, 8, [&](int i, int j) { return left(row + i, depth + j); });
      load(b_, 8, 4, [&](int i, int j) { return right(depth + i, column + j); });
      const CoreScope scope(core_, "matmul_bf16_add");
      matmul_bf16_add(a_, b_, c_, kTile, kTile, kTile);
    }
    for (int i = 0; i < std::min(kTile, p_.m - row); ++i) {
      for (int j = 0; j < std::min(kTile, p_.n - column); ++j) {
        p_.c[(row + i) * p_.c_stride + column + j] =
            c_[(i / 4 * (kTile / 4) + j / 4) * 16 + i % 4 * 4 + j % 4];
      }
    }
  }

  std::uint16_t left(int row, int k) const {
    return row < p_.m && k < p_.k ? p_.a[row * p_.a_stride + k] : std::uint16_t{0};
  }

  /// Of the packed panels: (n / 48, k / 2, 48, 2).
  std::uint16_t right(int k, int column) const {
    if (k >= p_.k || column >= p_.n) return 0;
    const std::ptrdiff_t pairs = (p_.k + 1) / 2, panel = column / kernels::kPanelColumns;
    return p_
        .b[((panel * pairs + k / 2) * kernels::kPanelColumns + column % kernels::kPanelColumns) *
               2 +
           k % 2];
  }

  template <class Element>
  static void load(Bfloat16* blocks, int block_rows, int block_columns, const Element& element) {
    for (int i = 0; i < kTile; ++i) {
      for (int j = 0; j < kTile; ++j) {
        const int block = i / block_rows * (kTile / block_columns) + j / block_columns;
        blocks[block * 32 + i % block_rows * block_columns + j % block_columns].bits =
            element(i, j);
      }
    }
  }

  const kernels::MatmulBf16Params& p_;
  CoreState core_;
  Bfloat16 *a_, *b_;
  float* c_;
};

/// Rows of 64 bfloat16 as float32, `rows` of them from `first` on, zeros behind the last.
std::vector<float> rows_of(const std::uint16_t* numbers, int first, int count, int rows) {
  constexpr int kHead = 64;
  std::vector<float> floats(static_cast<std::size_t>(rows) * kHead);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count) * kHead; ++i) {
    const Bfloat16 number{numbers[static_cast<std::size_t>(first) * kHead + i]};
    floats[i] = number.to_float();
  }
  return floats;
}

void attend(const kernels::AttentionBf16Params& p) {
  constexpr int kKeys = 32, kHead = 64;
  FlashAttentionCore core;
  for (int query = 0; query < p.queries; query += kTile) {
    const int queries = std::min(kTile, p.queries - query);
    core.begin(rows_of(p.q, query, queries, kTile).data());
    for (int key = 0; key < p.keys; key += kKeys) {
      const int keys = std::min(kKeys, p.keys - key);
      core.add(rows_of(p.k, key, keys, keys).data(), rows_of(p.v, key, keys, keys).data(), keys);
    }
    std::vector<float> out(kElements);
    core.end(out.data());
    for (std::size_t i = 0; i < static_cast<std::size_t>(queries) * kHead; ++i) {
      p.out[static_cast<std::size_t>(query) * kHead + i] = nearest_bfloat16(out[i]).bits;
    }
  }
}

}  // namespace
}  // namespace tessera::compute::npu

namespace tessera::compute::kernels {

const char* matmul_bf16_tiles_aie2(const MatmulBf16Params& p) noexcept {
  return npu::name_of("tiles_aie2", [&] { npu::MatmulBf16Core(p).run(); });
}

const char* softmax_bf16_aie2(const SoftmaxBf16Params& p) noexcept {
  return npu::name_of("aie2", [&] {
    const std::ptrdiff_t columns = p.columns;
    npu::in_parts(
        p.in, p.out, p.rows * columns, columns, "softmax_bf16",
        [&](const auto* in, auto* out, std::int32_t) { softmax_bf16(in, out, 1, p.columns); });
  });
}

const char* layer_norm_bf16_aie2(const LayerNormBf16Params& p) noexcept {
  return npu::name_of("aie2", [&] {
    const std::ptrdiff_t columns = p.columns;
    const float share = 1.0f / static_cast<float>(p.columns);
    const npu::Bfloat16 high = npu::nearest_bfloat16(share);
    const npu::Bfloat16 low = npu::nearest_bfloat16(share - high.to_float());
    npu::in_parts(p.in, p.out, p.rows * columns, columns, "layer_norm_bf16",
                  [&](const auto* in, auto* out, std::int32_t) {
                    layer_norm_bf16(in, out, 1, p.columns, high.bits, low.bits,
                                    std::bit_cast<std::int32_t>(p.epsilon));
                  });
  });
}

const char* gelu_bf16_aie2(const GeluBf16Params& p) noexcept {
  return npu::name_of("aie2", [&] {
    constexpr std::ptrdiff_t kPart = 4096;
    npu::in_parts(p.in, p.out, p.count, kPart, "gelu_bf16",
                  [](const auto* in, auto* out, std::int32_t count) { gelu_bf16(in, out, count); });
  });
}

const char* attention_bf16_aie2(const AttentionBf16Params& p) noexcept {
  return npu::name_of("aie2", [&] { npu::attend(p); });
}

}  // namespace tessera::compute::kernels
