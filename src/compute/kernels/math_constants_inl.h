// Coefficients of the vector functions, the same for all instruction sets. All are minimax fits in
// float64 by Lawson's algorithm (iteratively reweighted least squares; Lawson 1961), rounded to
// float32.
#pragma once

namespace tessera::compute::kernels {

/// exp(r) = 1 + r + r^2 (...) for |r| <= ln 2 / 2, from the highest power to the lowest. Relative
/// error 3.7e-9, to which the roundings of float32 add up to 1.2e-7.
inline constexpr float kExp[] = {
    0.00138145406f, 0.00836874545f, 0.041668389f, 0.166665211f, 0.49999994f, 1, 1};
inline constexpr float kLog2E = 0x1.715476p+0f;
/// ln 2 in two parts (Cody and Waite 1980): the fused product with the high part, which is rounded
/// to float32, is exact, and the low part is what rounding took off.
inline constexpr float kLn2High = 0x1.62e430p-1f;
inline constexpr float kLn2Low = -0x1.05c610p-29f;

/// Less than this, exp rounds to zero in float32.
inline constexpr float kExpIsZero = -104.0f;
/// Down to here exp is a normal number: exp(-87.33) > 2^-126.
inline constexpr float kExpIsNormal = -87.33f;

/// 2^f for |f| <= 1/2, from the highest power to the lowest: relative error 7.5e-5.
inline constexpr float kExp2Short[] = {0.05517167f, 0.24261113f, 0.69326097f, 0.99992806f};
/// The same: relative error 1.6e-8, to which the roundings of float32 add.
inline constexpr float kExp2[] = {
    0.00015345813f, 0.0013399931f, 0.0096184891f, 0.055503286f, 0.24022646f, 0.69314718f, 1};

/// erfc(a / sqrt 2)^(1/8) for 0 <= a <= kGeluEnd, from the highest power to the lowest.
///
/// The root falls from 1 to 0.11 without a bend, unlike erfc, which falls by seven orders of
/// magnitude; a short polynomial follows it, and three squarings give erfc back. (Hastings 1955
/// does the same with the reciprocal of a polynomial to the power of 16: Abramowitz and Stegun
/// 7.1.28.) Fitted for a / 2 erfc(a / sqrt 2), which GELU needs: its error is 8.6e-9.
inline constexpr float kErfcRoot[] = {-3.19547922e-07f, 8.10850452e-06f, -6.54093092e-05f,
                                      3.63946092e-05f,  0.00164242554f,  -0.000734856585f,
                                      -0.0348165631f,   -0.0997353867f,  1};
/// Beyond this a / 2 erfc(a / sqrt 2) is below 6.1e-8 and is left at its value here.
inline constexpr float kGeluEnd = 5.6f;

}  // namespace tessera::compute::kernels
