// The number formats that tensors are stored in.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tessera::compute {

enum class DType { f32, f16, bf16, i8, u8, i32 };

/// Bytes of one element.
constexpr std::size_t element_bytes(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::i8:
    case DType::u8:
      return 1;
  }
  return 0;
}

constexpr const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
    case DType::i8:
      return "i8";
    case DType::u8:
      return "u8";
    case DType::i32:
      return "i32";
  }
  return "?";
}

/// bfloat16 is the upper half of a float32.
constexpr float bf16_to_f32(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// IEEE 754 binary16 to binary32, exact for every value (subnormals, infinities and NaN included).
float f16_to_f32(std::uint16_t bits);

/// IEEE 754 binary32 to binary16, rounded to nearest even; overflow gives infinity.
std::uint16_t f32_to_f16(float value);

/// binary32 to bfloat16, rounded to nearest even; NaN stays NaN.
std::uint16_t f32_to_bf16(float value);

}  // namespace tessera::compute
