// The table in four parts of 64 entries: tbl looks up 16 elements in one part, tbx leaves those
// alone whose index is beyond its part.
#include <arm_neon.h>

#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/kernel_name.h"

namespace tessera::compute::kernels {

const char* gelu_i8_neon(const GeluI8Params& p) noexcept {
  int8x16x4_t parts[4];
  for (int part = 0; part < 4; ++part) {
    for (int i = 0; i < 4; ++i) parts[part].val[i] = vld1q_s8(p.table + 64 * part + 16 * i);
  }
  const uint8x16_t size = vdupq_n_u8(64);
  std::ptrdiff_t i = 0;
  for (; i + 16 <= p.count; i += 16) {
    uint8x16_t index = veorq_u8(vreinterpretq_u8_s8(vld1q_s8(p.in + i)), vdupq_n_u8(0x80));
    int8x16_t found = vqtbl4q_s8(parts[0], index);
    for (int part = 1; part < 4; ++part) {
      index = vsubq_u8(index, size);  // below 64 in this part only, since it wraps around
      found = vqtbx4q_s8(found, parts[part], index);
    }
    vst1q_s8(p.out + i, found);
  }
  for (; i < p.count; ++i) p.out[i] = p.table[p.in[i] + 128];
  return TESSERA_KERNEL_NAME;
}

}  // namespace tessera::compute::kernels
