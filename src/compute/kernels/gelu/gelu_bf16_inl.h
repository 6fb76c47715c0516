// GELU in bfloat16 for an AIE2 core: x Phi(x) = max(x, 0) - |x| Phi(-|x|). Phi(-a) of a up to 4 is
// a polynomial of degree 6 in u = a / 2 - 1, whose steps are rounded to bfloat16; fitted for the
// least largest error of the result with that rounding, 0.0015. Past 4 the result is off by 4
// Phi(-4).
#pragma once

#include "src/compute/kernels/aie2_bf16_inl.h"

namespace tessera::compute::kernels::aie2 {

/// The constants of GELU, which a loop keeps in registers.
struct Gelu {
  static constexpr float kPhi[] = {0.02279097f,  -0.10846457f, 0.2184657f,
                                   -0.21185065f, 0.05043603f,  0.07181516f};
  static constexpr int16_t kPhi6Bits = static_cast<int16_t>(0xbd32);  // -0.043457
  static constexpr int16_t kFourBits = 0x4080, kHalfBits = 0x3f00;

  Sums c0 = all_sums(kPhi[0]), c1 = all_sums(kPhi[1]), c2 = all_sums(kPhi[2]),
       c3 = all_sums(kPhi[3]), c4 = all_sums(kPhi[4]), c5 = all_sums(kPhi[5]),
       minus_one = all_sums(-1.0f);
  Lanes c6 = all_lanes(kPhi6Bits), four = all_lanes(kFourBits), half = all_lanes(kHalfBits),
        zero = all_lanes(0);
  aie::vector<int16_t, 16> magnitude = aie::broadcast<int16_t, 16>(0x7fff);

  Sums operator()(const Lanes& x) const {
    const Lanes size =
        aie::min(aie::bit_and(x.cast_to<int16_t>(), magnitude).cast_to<bfloat16>(), four);
    const Lanes u = aie::mac(minus_one, size, half).to_vector<bfloat16>();
    Lanes phi = aie::mac(c5, u, c6).to_vector<bfloat16>();
    phi = aie::mac(c4, u, phi).to_vector<bfloat16>();
    phi = aie::mac(c3, u, phi).to_vector<bfloat16>();
    phi = aie::mac(c2, u, phi).to_vector<bfloat16>();
    phi = aie::mac(c1, u, phi).to_vector<bfloat16>();
    phi = aie::mac(c0, u, phi).to_vector<bfloat16>();
    return aie::msc(Sums(aie::max(x, zero)), size, phi);
  }
};

}  // namespace tessera::compute::kernels::aie2
