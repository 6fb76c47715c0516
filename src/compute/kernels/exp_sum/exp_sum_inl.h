// Constants of the exp_sum variants.
#pragma once

namespace tessera::compute::kernels {

inline constexpr double kLog2EDouble = 0x1.71547652b82fep+0;

/// The exponent of 2 below which a term counts as zero: 2^-1000 is a normal number still.
inline constexpr double kLeastExponent = -1000;

/// 2^f = 1 + f (...) for |f| <= 1/2, from the highest power to the lowest, by Remez's exchange
/// (1934): relative error 7.8e-14. 1 at 0 exactly.
inline constexpr double kExp2Double[] = {0x1.89c4b1ea6e078p-24, 0x1.63d0ec3b2f6e7p-20,
                                         0x1.fffd74efa423fp-17, 0x1.4308acc675343p-13,
                                         0x1.5d87ebe43c54bp-10, 0x1.3b2ab717fb072p-7,
                                         0x1.c6b08d7a94fc2p-5,  0x1.ebfbdff823df0p-3,
                                         0x1.62e42fefa08ddp-1,  1};
inline constexpr int kExp2DoubleTerms = sizeof(kExp2Double) / sizeof(kExp2Double[0]);

/// Added to a float64 of less than 2^51 in size it rounds that to a whole number, which is then in
/// the lowest bits of the sum.
inline constexpr double kRoundToWhole = 0x1.8p52;

}  // namespace tessera::compute::kernels
