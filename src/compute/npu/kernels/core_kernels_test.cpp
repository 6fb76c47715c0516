// The list of kernels: what it promises of each, and that each runs on a core as a plan would have
// it.
#include "src/compute/npu/kernels/core_kernels.h"

#include <gmock/gmock.h>

#include <set>

#include "src/compute/npu/emulator/core_state.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kMostProgramBytes = 16384;
constexpr std::int32_t kNumbers[] = {64, 5, 12000, 20};
constexpr std::int32_t kCoreBlocks[] = {16, 8, 8, 7};  // of tiles of 64, and a shift

// m, k, n of a product; rows, columns, 1 / columns, its rest and eps of a row; a count.
constexpr std::int32_t kProduct[] = {64, 64, 64}, kRowSizes[] = {1, 512, 0x3b00, 0, 0x3727c5ac},
                       kCount[] = {2048}, kPart[] = {1}, kKeys[] = {20}, kWidth[] = {192};

std::span<const std::int32_t> bf16_numbers_of(const CoreKernel& kernel) {
  if (kernel.name == "matmul_bf16_add") return kProduct;
  if (kernel.object.starts_with("matmul")) return std::span(kProduct).first(2);
  if (kernel.name == "softmax_bf16" || kernel.name == "layer_norm_bf16") {
    return std::span(kRowSizes).first(kernel.scalars);
  }
  if (kernel.name == "gelu_bf16") return kCount;
  if (kernel.object.find("attention") != std::string::npos &&
      kernel.name.find("finish") == std::string::npos) {
    return std::span(kKeys).first(kernel.scalars);
  }
  return std::span(kPart).first(kernel.scalars);
}

std::span<const std::int32_t> encoder_numbers_of(const CoreKernel& kernel) {
  if (kernel.name.ends_with("norm_begin")) return kWidth;
  if (kernel.name.ends_with("attend_keys")) return kKeys;
  return std::span(kPart).first(kernel.scalars);
}

std::span<const std::int32_t> numbers_of(const CoreKernel& kernel) {
  if (kernel.name.starts_with("encoder_")) return encoder_numbers_of(kernel);
  if (kernel.object.find("bf16") != std::string::npos) return bf16_numbers_of(kernel);
  if (kernel.name == "transpose_i8") return std::span(kCoreBlocks).subspan(1, 2);
  if (kernel.object.starts_with("matmul")) return std::span(kCoreBlocks).first(kernel.scalars);
  // keys, score_shift, multiplier, step_shift: those that a kernel takes are the last.
  return std::span(kNumbers).last(kernel.scalars);
}

TEST(CoreKernels, FitACore) {
  std::set<std::string> names;
  for (const CoreKernel& kernel : core_kernels()) {
    EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name << " is there twice";
    EXPECT_THAT(kernel.object, testing::EndsWith("_aie2.o"));
    std::size_t bytes = kernel.stack_bytes;
    for (const std::size_t buffer : kernel.buffer_bytes) bytes += buffer;
    EXPECT_LE(bytes, kCoreMemoryBytes) << kernel.name;
    EXPECT_LE(kernel.program_bytes, kMostProgramBytes) << kernel.name;
    EXPECT_GT(kernel.program_bytes, 0U) << kernel.name;
  }
  EXPECT_GE(names.size(), 52U);
}

TEST(CoreKernels, RunAndAreCounted) {
  for (const CoreKernel& kernel : core_kernels()) {
    const KernelCounts counts = count_issues(kernel, numbers_of(kernel));
    EXPECT_EQ(counts.kernel, kernel.name);
    EXPECT_EQ(counts.calls, 1);
    ASSERT_FALSE(counts.loops.empty()) << kernel.name;
    for (const LoopCounts& loop : counts.loops) {
      EXPECT_GT(loop.trips, 0) << kernel.name << " " << loop.name;
      EXPECT_GE(loop.trips, loop.entries);
    }
  }
}

TEST(CoreKernels, StacksAreAsLargeAsTheyNeed) {
  for (const char* name : {"attention_seed_taylor", "attention_seed_vector_mac"}) {
    CoreKernel kernel = core_kernel(name);
    kernel.stack_bytes = 256;
    EXPECT_THROW(count_issues(kernel, numbers_of(kernel)), Error) << name;
  }
}

TEST(CoreKernels, RefuseOtherArguments) {
  const auto message_of = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message_of([] { core_kernel("attention_i9_pair"); }),
              AllOf(HasSubstr("'attention_i9_pair'"), HasSubstr("attention_i8_pair")));
  EXPECT_THAT(message_of([] { count_issues(core_kernel("attention_i8_pair"), {}); }),
              HasSubstr("expected 10 buffers and 4 numbers, got 10 and 0"));
}

// The seed's ladder is in the counts: what a tile of 64 x 64 x 64 costs in products.
TEST(CoreKernels, ProductsOfTheLadder) {
  const auto products = [](const char* name) {
    const CoreKernel& kernel = core_kernel(name);
    const KernelCounts counts = count_issues(kernel, numbers_of(kernel));
    IssueCounts all = counts.outside;
    for (const LoopCounts& loop : counts.loops) all += loop.issued;
    return std::pair(all.products, all.scalar_products);
  };
  EXPECT_EQ(products("attention_seed_taylor").first, 0) << "scalar";
  EXPECT_GT(products("attention_seed_taylor").second, 2 * 64 * 64 * 64);
  EXPECT_EQ(products("attention_seed_vector_mac").first, 2 * 64 * 64 * 64 / 32);
  EXPECT_EQ(products("attention_seed_mmul").first, 2 * 64 * 64 * 64 / 256);
  EXPECT_EQ(products("attention_i8_pair").first, 2 * 1024 + 2 * 128 + 2) << "scales, totals, bases";
  EXPECT_EQ(products("attention_i4_pair").first, 2 * 512 + 2 * 128 + 2);
  EXPECT_EQ(products("matmul_i8_i32").first, 64 * 64 * 64 / 256);
}

}  // namespace
}  // namespace tessera::compute::npu
