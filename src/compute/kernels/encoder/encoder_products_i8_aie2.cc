// An int8 encoder's products on an AIE2 core: 64 x 64 sums of 32 bits that begin with the bias, and
// leave as bytes, through GELU, or as bfloat16 for the residual stream. Everything but bfloat16 is
// integers, so that plain loops give the same bits.
#include "src/compute/kernels/aie2_products_inl.h"
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"

namespace tessera::compute::kernels::aie2 {
namespace {

// A, B twice, C once; what is kept; 2 KB of stack.
static_assert(5 * kPanelI8Bytes + sizeof(SumsI8) + sizeof(ColumnScalesI8) + kPanelI8Bytes +
                      sizeof(AttentionStateI8) + 2048 <=
                  kMemoryBytes,
              "the buffers of an int8 encoder fit a core");
static_assert(sizeof(NormStateI8) <= sizeof(AttentionStateI8), "they share a buffer");

constexpr int kRows = 16, kColumns = 8, kLanes = 32;  // blocks, and their elements

void set_modes() {
  aie::set_rounding(aie::rounding_mode::conv_even);
  aie::set_saturation(aie::saturation_mode::saturate);
}

// `bytes` is a multiple of 32.
void copy(const void* from, void* to, int bytes) {
  const auto* const in = static_cast<const int8_t*>(from);
  auto* const out = static_cast<int8_t*>(to);
  AIE2_LOOP(part, bytes / 32, 8, "copied", none) {
    aie::store_v(out + part * 32, aie::load_v<32>(in + part * 32));
  }
}

// 32 sums times the factors of two rows, in 16 bits.
aie::vector<int16_t, kLanes> scaled(const int32_t* sums, const aie::vector<int16_t, 16>& factors,
                                    int32_t shift) {
  aie::vector<int16_t, kLanes> out;
  AIE2_UNROLL
  for (int half = 0; half < 2; ++half) {
    const auto product = aie::mul(aie::load_v<16>(sums + half * 16), factors);
    out.insert(half, product.to_vector<int16_t>(shift));
  }
  return out;
}

using Numbers = aie::vector<int16_t, kLanes>;

// GELU of x in 2^(coarse - 10), in the same units. `first` is h's first coefficient.
Numbers gelu(const Numbers& x, const Numbers& zeros, const aie::accum<acc32, kLanes>& first,
             int32_t coarse) {
  const Numbers size =
      aie::min(aie::max(x, aie::sub(zeros, x)), static_cast<int16_t>(kGeluTop >> coarse));
  const Numbers v =
      aie::sub(aie::mul(size, static_cast<int16_t>(2 << coarse)).to_vector<int16_t>(0),
               static_cast<int16_t>(kGeluTop));
  Numbers p = aie::add(aie::mul(v, kGelu[6]).to_vector<int16_t>(12), kGelu[5]);
  AIE2_UNROLL
  for (int power = 4; power > 0; --power) {
    p = aie::add(aie::mul(p, v).to_vector<int16_t>(12), kGelu[power]);
  }
  const Numbers tail = aie::mac(first, p, v).to_vector<int16_t>(24 - kGeluFraction + coarse);
  return aie::sub(aie::max(x, zeros), tail);
}

}  // namespace
}  // namespace tessera::compute::kernels::aie2

extern "C" {

using namespace tessera::compute::kernels::aie2;  // NOLINT(google-build-using-namespace)

void encoder_i8_begin(const ParameterPanelI8* panel, SumsI8* sums, ColumnScalesI8* scales) {
  set_modes();
  for (int column = 0; column < kColumns; ++column) {
    const auto bias = aie::load_v<8>(panel->bias + column * 8);
    const auto rows = aie::concat(bias, bias, bias, bias);
    AIE2_LOOP(row, kRows, 16, "bias", none) {
      aie::store_v(sums->sums + (row * kColumns + column) * kLanes, rows);
    }
  }
  copy(&panel->scales, scales, sizeof(ColumnScalesI8));
  scalar_work(1, 6);
  sums->block = sums->group = 0;
  if (panel->head_group_and_1 == 0) return;
  scalar_work(5, 8);
  sums->heads[panel->head_group_and_1 - 1] = panel->head;
  sums->query_blocks = panel->query_blocks;
  copy(panel->weights, sums->weights, kTableEntries);
}

void encoder_i8_multiply(const int8_t* a, const int8_t* b, SumsI8* sums) {
  set_modes();
  add_tile_product("products", a, b, sums->sums);
}

void encoder_i8_store(const SumsI8* sums, const ColumnScalesI8* scales, int8_t* out, int32_t) {
  set_modes();
  const int32_t shift = scales->shift;
  scalar_work(1, 0);
  for (int column = 0; column < kColumns; ++column) {
    const auto factors = aie::load_v<16>(&scales->multiplier[column][0][0]);
    AIE2_LOOP(row, kRows, 16, "bytes", none) {
      const int at = (row * kColumns + column) * kLanes;
      aie::vector<int8_t, kLanes> bytes;
      AIE2_UNROLL
      for (int half = 0; half < 2; ++half) {
        const auto product = aie::mul(aie::load_v<16>(sums->sums + at + half * 16), factors);
        bytes.insert(half, product.to_vector<int8_t>(shift));
      }
      aie::store_v(out + at, bytes);
    }
  }
}

void encoder_i8_store_gelu(const SumsI8* sums, const ColumnScalesI8* scales, int8_t* out, int32_t) {
  set_modes();
  aie::set_saturation(aie::saturation_mode::symmetric);  // -x exists
  const int32_t shift = scales->shift, gelu_shift = scales->gelu_shift, coarse = scales->coarse;
  scalar_work(3, 3);
  const auto zeros = aie::zeros<int16_t, kLanes>();
  const aie::accum<acc32, kLanes> first(aie::broadcast<int32_t, kLanes>(kGeluFirst));
  for (int column = 0; column < kColumns; ++column) {
    const auto factors = aie::load_v<16>(&scales->multiplier[column][0][0]);
    const auto gelu_factors = aie::load_v<kLanes>(&scales->gelu_multiplier[column][0][0]);
    const aie::accum<acc32, kLanes> zero(aie::load_v<kLanes>(&scales->zero[column][0][0]),
                                         gelu_shift);
    AIE2_LOOP(row, kRows, 16, "gelu", none) {
      const int at = (row * kColumns + column) * kLanes;
      const Numbers y = gelu(scaled(sums->sums + at, factors, shift), zeros, first, coarse);
      aie::store_v(out + at, aie::mac(zero, y, gelu_factors).to_vector<int8_t>(gelu_shift));
    }
  }
}

void encoder_i8_store_wide(const SumsI8* sums, const ColumnScalesI8* scales, bfloat16* out,
                           int32_t part) {
  set_modes();
  const int32_t shift = scales->shift;
  scalar_work(1, 0);
  // An integer within 2^22 in the mantissa of 1.5 * 2^23.
  constexpr int32_t kMagic = 0x4b400000;
  const aie::accum<accfloat, 16> minus_magic(aie::broadcast<float, 16>(-12582912.0f));
  for (int block = 0; block < kColumns / 2; ++block) {
    const int column = part * (kColumns / 2) + block;
    const auto factors = aie::load_v<16>(&scales->multiplier[column][0][0]);
    AIE2_LOOP(row, kRows, 16, "wide", none) {
      const int32_t* const place_of_sums = sums->sums + (row * kColumns + column) * kLanes;
      aie::vector<bfloat16, 16> rows[2];
      AIE2_UNROLL
      for (int half = 0; half < 2; ++half) {
        const auto product = aie::mul(aie::load_v<16>(place_of_sums + half * 16), factors);
        const auto integers = aie::min(
            aie::max(product.to_vector<int32_t>(shift), -int32_t{kMostWide}), int32_t{kMostWide});
        const auto raised = aie::add(integers, kMagic).cast_to<float>();
        rows[half] = aie::add(aie::accum<accfloat, 16>(raised), minus_magic).to_vector<bfloat16>();
      }
      // Blocks of 4 rows of 4 numbers.
      const auto [left, right] = aie::interleave_unzip(rows[0], rows[1], 4);
      bfloat16* const place = out + (row * kColumns + 2 * block) * 16;
      aie::store_v(place, left);
      aie::store_v(place + 16, right);
    }
  }
}

void encoder_i8_take(const int8_t* panel, int8_t* queries, int32_t) {
  set_modes();
  copy(panel, queries, kPanelI8Bytes);
}
}
