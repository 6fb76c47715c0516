#include "src/whisper/ggml_blocks.h"

#include <gtest/gtest.h>

#include <vector>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

// binary16: 1.0 is 0x3c00, 0.5 is 0x3800, -2.0 is 0xc000.
constexpr std::uint8_t kHalf[] = {0x00, 0x38};
constexpr std::uint8_t kMinusTwo[] = {0x00, 0xc0};

/// A block: its head, then 16 bytes of nibbles: byte i holds level i below and 15 - i above, so
/// that value i has the low level i and value 16 + i the level 15 - i.
std::vector<std::uint8_t> nibble_block(std::vector<std::uint8_t> head) {
  for (int i = 0; i < 16; ++i) head.push_back(static_cast<std::uint8_t>(i | (15 - i) << 4));
  return head;
}

std::vector<std::uint8_t> join(std::initializer_list<std::span<const std::uint8_t>> parts) {
  std::vector<std::uint8_t> all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<float> expand(std::uint32_t code, const std::vector<std::uint8_t>& bytes) {
  const GgmlType* type = find_ggml_type(code);
  std::vector<float> out(bytes.size() / type->block_bytes * 32);
  dequantize_ggml(*type, std::as_bytes(std::span(bytes)), out);
  return out;
}

TEST(GgmlBlocks, Q8_0) {
  std::vector<std::uint8_t> block = join({kHalf});
  for (int i = 0; i < 32; ++i) block.push_back(static_cast<std::uint8_t>(i * 8 - 128));
  const std::vector<float> values = expand(8, block);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(values[i], 0.5f * (i * 8 - 128)) << i;
  EXPECT_EQ(values[0], -64.0f);
  EXPECT_EQ(values[31], 60.0f);
}

TEST(GgmlBlocks, Q4_0) {
  const std::vector<float> values = expand(2, nibble_block(join({kHalf})));
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], 0.5f * (i - 8)) << i;
    EXPECT_EQ(values[16 + i], 0.5f * (15 - i - 8)) << i;
  }
}

TEST(GgmlBlocks, Q4_1) {
  const std::vector<float> values = expand(3, nibble_block(join({kHalf, kMinusTwo})));
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], 0.5f * i - 2) << i;
    EXPECT_EQ(values[16 + i], 0.5f * (15 - i) - 2) << i;
  }
}

// Bit j of the four bytes is the fifth bit of value j: set for values 0, 9, 16 and 31.
constexpr std::uint8_t kFifthBits[] = {0x01, 0x02, 0x01, 0x80};

int fifth(int index) { return index == 0 || index == 9 || index == 16 || index == 31 ? 16 : 0; }

TEST(GgmlBlocks, Q5_0) {
  const std::vector<float> values = expand(6, nibble_block(join({kHalf, kFifthBits})));
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], 0.5f * (i + fifth(i) - 16)) << i;
    EXPECT_EQ(values[16 + i], 0.5f * (15 - i + fifth(16 + i) - 16)) << i;
  }
}

TEST(GgmlBlocks, Q5_1) {
  const std::vector<float> values = expand(7, nibble_block(join({kHalf, kMinusTwo, kFifthBits})));
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], 0.5f * (i + fifth(i)) - 2) << i;
    EXPECT_EQ(values[16 + i], 0.5f * (15 - i + fifth(16 + i)) - 2) << i;
  }
}

TEST(GgmlBlocks, FollowEachOther) {
  std::vector<std::uint8_t> blocks = nibble_block(join({kHalf}));
  const std::vector<std::uint8_t> second = nibble_block(join({kMinusTwo}));
  blocks.insert(blocks.end(), second.begin(), second.end());
  const std::vector<float> values = expand(2, blocks);
  ASSERT_EQ(values.size(), 64u);
  EXPECT_EQ(values[1], 0.5f * (1 - 8));
  EXPECT_EQ(values[32 + 1], -2.0f * (1 - 8));
  EXPECT_TRUE(expand(2, {}).empty());
}

TEST(GgmlBlocks, KnowsWhatItCanRead) {
  EXPECT_EQ(find_ggml_type(0)->plain, compute::DType::f32);
  EXPECT_EQ(find_ggml_type(1)->plain, compute::DType::f16);
  EXPECT_EQ(find_ggml_type(30)->plain, compute::DType::bf16);
  // 4 and 5 were removed from ggml, 9 is q8_1, 10 to 14 are K-quants.
  for (const std::uint32_t code : {4u, 5u, 9u, 10u, 14u, 29u, 31u, 0x7fffffffu, 0xffffffffu}) {
    EXPECT_EQ(find_ggml_type(code), nullptr) << code;
  }
}

TEST(GgmlBlocks, RefusesOtherSizes) {
  const std::vector<std::byte> blocks(36);
  std::vector<float> out(64);
  EXPECT_EQ(error_of([&] { dequantize_ggml(*find_ggml_type(2), blocks, out); }), "");
  out.resize(63);
  EXPECT_NE(error_of([&] { dequantize_ggml(*find_ggml_type(2), blocks, out); }), "");
  EXPECT_NE(error_of([&] { dequantize_ggml(*find_ggml_type(0), blocks, out); }), "");
}

}  // namespace
}  // namespace tessera::whisper
