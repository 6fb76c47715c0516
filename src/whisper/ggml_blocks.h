// ggml's number formats: blocks of 32 quantised values with their scale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/compute/dtype.h"

namespace tessera::whisper {

/// A tensor type of ggml that we can read. Blocks lie along the innermost dimension.
struct GgmlType {
  std::string_view name;
  std::uint32_t code;  ///< in the file
  int block_values;    ///< 1 for plain numbers, else 32
  std::size_t block_bytes;
  std::optional<compute::DType> plain;  ///< absent for quantised types
};

/// The type of that code (ggml.h, enum ggml_type), or nullptr when we cannot read it.
const GgmlType* find_ggml_type(std::uint32_t code);

/// Expands blocks of a quantised type to float32. `out` has 32 values for each block of `blocks`.
///
/// d and m are binary16, all little-endian; low nibbles are values 0-15, high nibbles 16-31
/// (ggml-quants.c, dequantize_row_*):
///   q4_0  d, 16 bytes of nibbles                   (nibble - 8) d
///   q4_1  d, m, 16 bytes of nibbles                nibble d + m
///   q5_0  d, 32 fifth bits, 16 bytes of nibbles    (fifth bit and nibble - 16) d
///   q5_1  d, m, 32 fifth bits, 16 bytes            (fifth bit and nibble) d + m
///   q8_0  d, 32 signed bytes                       byte d
void dequantize_ggml(const GgmlType& type, std::span<const std::byte> blocks, std::span<float> out);

}  // namespace tessera::whisper
