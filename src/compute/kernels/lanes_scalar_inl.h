// Lanes of one token: plain arithmetic, the oracle of the lane_* kernels (see lanes_avx512_inl.h).
#pragma once

#include "src/compute/kernels/lane_abi.h"
#include "src/compute/kernels/lane_exp_table_inl.h"
#include "src/compute/kernels/math_constants_inl.h"

namespace tessera::compute::kernels {
namespace {

struct Lanes {
  static constexpr int kLanes = 1;
  static constexpr int kRegisters = 1;
  static constexpr int kChannels = 8;

  using Floats = float;
  using Ints = std::int32_t;

  static float load(const float* p) { return *p; }
  static void store(float* p, float x) { *p = x; }
  static float all(float x) { return x; }
  static float add(float a, float b) { return a + b; }
  static float subtract(float a, float b) { return a - b; }
  static float multiply(float a, float b) { return a * b; }
  static float divide(float a, float b) { return a / b; }
  static float multiply_add(float a, float b, float c) {
    // The product is exact in float64, so that there is but one rounding besides float64's.
    return static_cast<float>(static_cast<double>(a) * b + c);
  }
  static float max(float a, float b) { return a > b ? a : b; }
  static float min(float a, float b) { return a < b ? a : b; }
  static float size(float a) { return __builtin_fabsf(a); }
  static float root(float a) { return __builtin_sqrtf(a); }

  static Ints load_ints(const void* p) {
    Ints x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
  }
  static void store_ints(void* p, Ints x) { __builtin_memcpy(p, &x, sizeof x); }
  static Ints load_all(const std::int32_t* p) { return load_ints(p); }
  static Ints all_ints(std::int32_t x) { return x; }
  static Ints add_ints(Ints a, Ints b) { return a + b; }
  static Ints multiply_ints(Ints a, Ints b) { return a * b; }
  static Ints round(float x) { return static_cast<Ints>(__builtin_nearbyintf(x)); }
  static float to_floats(Ints x) { return static_cast<float>(x); }
  static float as_floats(Ints x) {
    float value;
    __builtin_memcpy(&value, &x, sizeof value);
    return value;
  }

  static Ints pack_bytes(const Ints (&x)[4]) {
    std::uint8_t bytes[4];
    for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(x[i]);
    return load_ints(bytes);
  }
  static Ints pack_small(const Ints (&x)[4]) { return pack_bytes(x); }
  static Ints pack_bf16(float a, float b) {
    const std::uint16_t halves[2] = {to_bf16(a), to_bf16(b)};
    return load_ints(halves);
  }
  static void narrow_to_bytes(const float* x, float scale, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; ++i) {
      const Ints value = round(x[i] * scale);
      out[i] = static_cast<std::uint8_t>(value > 127 ? 127 : value < -128 ? -128 : value);
    }
  }
  static void narrow_to_bf16(const float* x, std::uint8_t* out) {
    for (int i = 0; i < kBlockTokens; ++i) {
      const std::uint16_t half = to_bf16(x[i]);
      __builtin_memcpy(out + 2 * i, &half, sizeof half);
    }
  }

  template <int N>
  static float exp2(float x, const float (&coefficients)[N]) {
    if (x < -126.0f) return 0.0f;
    const float n = __builtin_nearbyintf(x);
    float y = coefficients[0];
    for (int i = 1; i < N; ++i) y = multiply_add(y, x - n, coefficients[i]);
    return __builtin_ldexpf(y, static_cast<int>(n));
  }
  template <int N>
  static void gelu(float (&x)[N]) {
    constexpr float kRootHalf = 0.70710678f;
    for (float& value : x) value = 0.5f * value * (1.0f + __builtin_erff(value * kRootHalf));
  }

  template <int kMost>
  class ByteWeights {
   public:
    static constexpr float kSteps = kExpSteps;
    static constexpr int kRegisters = 1;

    static Ints from(const float (&steps)[4]) {
      std::uint8_t bytes[4];
      for (int i = 0; i < 4; ++i) {
        bytes[i] = kExpBytes<kMost>.bytes[static_cast<std::uint8_t>(round(min(steps[i], 255.0f)))];
      }
      return load_ints(bytes);
    }
  };

 private:
  static std::uint16_t to_bf16(float x) {
    const auto bits = static_cast<std::uint32_t>(load_ints(&x));
    return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  }
};

/// Four products of unsigned bytes of x and signed bytes of the weight.
struct DotBytes {
  using Sum = std::int32_t;
  static constexpr int kMost = 255;
  static constexpr bool kIsCentred = false;
  static void add(Sum& sum, std::int32_t x, std::int32_t weight) {
    std::uint8_t a[4];
    std::int8_t b[4];
    __builtin_memcpy(a, &x, sizeof a);
    __builtin_memcpy(b, &weight, sizeof b);
    for (int i = 0; i < 4; ++i) sum += a[i] * b[i];
  }
};

/// Two products of bfloat16, the second first, as vdpbf16ps adds them.
struct DotBf16 {
  using Sum = float;
  static void add(Sum& sum, std::int32_t x, std::int32_t weight) {
    constexpr std::int32_t kUpper = -65536;
    sum = Lanes::multiply_add(Lanes::as_floats(x & kUpper), Lanes::as_floats(weight & kUpper), sum);
    const auto shifted = [](std::int32_t two) {
      return Lanes::as_floats(static_cast<std::int32_t>(static_cast<std::uint32_t>(two) << 16));
    };
    sum = Lanes::multiply_add(shifted(x), shifted(weight), sum);
  }
};

}  // namespace
}  // namespace tessera::compute::kernels
