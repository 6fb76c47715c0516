// The whole table in four registers: vpermi2b looks up 64 elements in 128 entries by the low 7 bits
// of each, once in the half for negative values and once in the other; the sign chooses.
#include <immintrin.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {
namespace {

struct Table {
  __m512i negative[2];  // entries 0 ... 127: the low 7 bits of i - 128 are i
  __m512i positive[2];  // entries 128 ... 255
};

inline __m512i look_up(const Table& table, __m512i x) {
  const __m512i negative = _mm512_permutex2var_epi8(table.negative[0], x, table.negative[1]);
  const __m512i positive = _mm512_permutex2var_epi8(table.positive[0], x, table.positive[1]);
  return _mm512_mask_mov_epi8(positive, _mm512_movepi8_mask(x), negative);
}

}  // namespace

const char* gelu_i8_avx512(const GeluI8Params& p) noexcept {
  const Table table = {{_mm512_loadu_si512(p.table), _mm512_loadu_si512(p.table + 64)},
                       {_mm512_loadu_si512(p.table + 128), _mm512_loadu_si512(p.table + 192)}};
  std::ptrdiff_t i = 0;
  for (; i + 64 <= p.count; i += 64) {
    _mm512_storeu_si512(p.out + i, look_up(table, _mm512_loadu_si512(p.in + i)));
  }
  if (i < p.count) {
    const __mmask64 mask = (std::uint64_t{1} << (p.count - i)) - 1;
    const __m512i x = _mm512_maskz_loadu_epi8(mask, p.in + i);
    _mm512_mask_storeu_epi8(p.out + i, mask, look_up(table, x));
  }
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
