#include "src/whisper/ggml_blocks.h"

#include <cstring>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kBlockValues = 32;
constexpr int kHalf = kBlockValues / 2;

/// The codes of the quantised types.
enum Code : std::uint32_t { q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8 };

constexpr GgmlType kTypes[] = {
    {"f32", 0, 1, 4, compute::DType::f32},          {"f16", 1, 1, 2, compute::DType::f16},
    {"q4_0", q4_0, kBlockValues, 18, std::nullopt}, {"q4_1", q4_1, kBlockValues, 20, std::nullopt},
    {"q5_0", q5_0, kBlockValues, 22, std::nullopt}, {"q5_1", q5_1, kBlockValues, 24, std::nullopt},
    {"q8_0", q8_0, kBlockValues, 34, std::nullopt}, {"bf16", 30, 1, 2, compute::DType::bf16},
};

float half_at(const std::byte* bytes) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof(bits));
  return compute::f16_to_f32(bits);
}

/// A block of 4 or 5 bits per value: value = level x scale + offset.
struct Levels {
  const std::byte* nibbles;
  std::uint32_t fifth_bits;  // zero where there are none
  int zero;                  // the level that stands for 0
  float scale;
  float offset;
};

void expand(const Levels& block, float* out) {
  for (int i = 0; i < kHalf; ++i) {
    const auto pair = std::to_integer<unsigned>(block.nibbles[i]);
    const unsigned low = (pair & 0xfu) | ((block.fifth_bits >> i) & 1u) << 4;
    const unsigned high = pair >> 4 | ((block.fifth_bits >> (i + kHalf)) & 1u) << 4;
    out[i] = static_cast<float>(static_cast<int>(low) - block.zero) * block.scale + block.offset;
    out[i + kHalf] =
        static_cast<float>(static_cast<int>(high) - block.zero) * block.scale + block.offset;
  }
}

void expand_q8_0(const std::byte* block, float* out) {
  const float scale = half_at(block);
  for (int i = 0; i < kBlockValues; ++i) {
    out[i] = static_cast<float>(static_cast<std::int8_t>(block[2 + i])) * scale;
  }
}

Levels read_levels(std::uint32_t code, const std::byte* block) {
  const bool has_offset = code == q4_1 || code == q5_1;
  const bool has_fifth_bits = code == q5_0 || code == q5_1;
  Levels levels = {.nibbles = nullptr,
                   .fifth_bits = 0,
                   .zero = has_offset ? 0 : (has_fifth_bits ? 16 : 8),
                   .scale = half_at(block),
                   .offset = has_offset ? half_at(block + 2) : 0.0f};
  const std::byte* rest = block + (has_offset ? 4 : 2);
  if (has_fifth_bits) {
    std::memcpy(&levels.fifth_bits, rest, sizeof(levels.fifth_bits));
    rest += sizeof(levels.fifth_bits);
  }
  levels.nibbles = rest;
  return levels;
}

}  // namespace

const GgmlType* find_ggml_type(std::uint32_t code) {
  for (const GgmlType& type : kTypes) {
    if (type.code == code) return &type;
  }
  return nullptr;
}

void dequantize_ggml(const GgmlType& type, std::span<const std::byte> blocks,
                     std::span<float> out) {
  const std::size_t count = blocks.size() / type.block_bytes;
  if (type.plain || blocks.size() % type.block_bytes != 0 || out.size() != count * kBlockValues) {
    throw Error(ErrorCode::internal, "dequantize_ggml: expected blocks of a quantised type, got " +
                                         std::to_string(blocks.size()) + " bytes of " +
                                         std::string(type.name) + " for " +
                                         std::to_string(out.size()) + " values");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* block = blocks.data() + i * type.block_bytes;
    float* values = out.data() + i * kBlockValues;
    if (type.code == q8_0) {
      expand_q8_0(block, values);
    } else {
      expand(read_levels(type.code, block), values);
    }
  }
}

}  // namespace tessera::whisper
