#include "src/compute/npu/kernels/bf16_core_kernels.h"

// bfloat16 comes first.
#include "src/compute/npu/emulator/aie_api/types.hpp"
// and then who takes it
#include "src/compute/kernels/bf16_kernels_aie2.h"
#include "src/compute/kernels/encoder/encoder_bf16_aie2.h"
#include "src/compute/kernels/flash_attention/flash_attention_aie2.h"
#include "src/compute/npu/kernels/core_kernels.h"
#include "src/compute/npu/kernels/make_core_kernel.h"
#include "src/compute/npu/kernels/named_encoder_kernels.h"

namespace tessera::compute::npu {
namespace {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

constexpr std::size_t kStack = 512;  // of kernels without locals
constexpr std::size_t kPanel = kEncoderPanelBytes, kSums = kEncoderSumsBytes,
                      kParameters = kEncoderParameterBytes;

// Budgets of the 16 KB by issues of the bodies: a bundle of the multiplier with two loads has 16
// bytes, a load, store or move alone 4 to 6. No compiler for the chip has seen them here.
void add_encoder(std::vector<CoreKernel>& kernels) {
  constexpr auto kProducts = "encoder_products_bf16_aie2.o";
  constexpr auto kAttention = "encoder_attention_bf16_aie2.o";
  constexpr auto kNorm = "encoder_norm_bf16_aie2.o";
  const auto add = [&](CoreKernel kernel) { kernels.push_back(std::move(kernel)); };
  add(make_core_kernel<encoder_bf16_begin>("encoder_bf16_begin", kProducts,
                                           {kPanel, kSums, kParameters}, kStack, 160));
  add(make_core_kernel<encoder_bf16_multiply>("encoder_bf16_multiply", kProducts,
                                              {kPanel, kPanel, kSums}, kStack, 896));
  add(make_core_kernel<encoder_bf16_store>("encoder_bf16_store", kProducts,
                                           {kSums, kParameters, kPanel}, kStack, 128));
  add(make_core_kernel<encoder_bf16_store_gelu>("encoder_bf16_store_gelu", kProducts,
                                                {kSums, kParameters, kPanel}, kStack, 576));
  add(make_core_kernel<encoder_bf16_take>("encoder_bf16_take", kProducts,
                                          {kPanel, kEncoderQueryBytes}, kStack, 96));
  add(make_core_kernel<encoder_bf16_attend_begin>("encoder_bf16_attend_begin", kAttention,
                                                  {kSums, kAttendStateBytes}, kStack, 192));
  add(make_core_kernel<encoder_bf16_attend_keys>("encoder_bf16_attend_keys", kAttention,
                                                 {kEncoderQueryBytes, kPanel, kAttendStateBytes},
                                                 kStack, 3072));
  add(make_core_kernel<encoder_bf16_attend_values>(
      "encoder_bf16_attend_values", kAttention, {kPanel, kSums, kAttendStateBytes}, kStack, 1024));
  add(make_core_kernel<encoder_bf16_attend_finish>(
      "encoder_bf16_attend_finish", kAttention, {kSums, kAttendStateBytes, kPanel}, kStack, 512));
  add(make_core_kernel<encoder_bf16_norm_begin>("encoder_bf16_norm_begin", kNorm, {kNormStateBytes},
                                                kStack, 96));
  add(make_core_kernel<encoder_bf16_norm_add>(
      "encoder_bf16_norm_add", kNorm, {kPanel, kPanel, kNormStateBytes, kPanel}, kStack, 576));
  add(make_core_kernel<encoder_bf16_norm_write>(
      "encoder_bf16_norm_write", kNorm, {kPanel, kPanel, kNormStateBytes, kPanel}, kStack, 1536));
}

}  // namespace

std::vector<CoreKernel> bf16_core_kernels() {
  constexpr auto kFlash = "flash_attention_bf16_aie2.o";
  constexpr auto kMatmul = "matmul_bf16_aie2.o";
  // Buffers of 64 x 64, or of rows of up to 1504 numbers: others as they are sized.
  constexpr std::size_t kTile = 64 * 64 * 2, kRow = 1504 * 2;
  std::vector<CoreKernel> kernels = {
      make_core_kernel<attention_bf16_begin>(
          "attention_bf16_begin", kFlash, {kFlashSumsBytes, kFlashMaximaBytes, kFlashTotalsBytes},
          kStack, 256),
      make_core_kernel<attention_bf16_pair>(
          "attention_bf16_pair", kFlash,
          {kFlashQueryBytes, kFlashKeyBytes, kFlashKeyBytes, kFlashScoresBytes, kFlashSumsBytes,
           kFlashMaximaBytes, kFlashTotalsBytes},
          kStack, 4096),
      make_core_kernel<attention_bf16_end>(
          "attention_bf16_end", kFlash,
          {kFlashSumsBytes, kFlashMaximaBytes, kFlashTotalsBytes, kFlashQueryBytes}, kStack, 512),
      make_core_kernel<matmul_bf16_begin>("matmul_bf16_begin", kMatmul, {2 * kTile}, kStack, 128),
      make_core_kernel<matmul_bf16_add>("matmul_bf16_add", kMatmul, {kTile, kTile, 2 * kTile},
                                        kStack, 1024),
      make_core_kernel<matmul_bf16_end>("matmul_bf16_end", kMatmul, {2 * kTile, 512, kTile}, kStack,
                                        256),
      make_core_kernel<softmax_bf16>("softmax_bf16", "softmax_bf16_aie2.o", {kRow, kRow}, kStack,
                                     1024),
      make_core_kernel<layer_norm_bf16>("layer_norm_bf16", "layer_norm_bf16_aie2.o", {kRow, kRow},
                                        kStack, 1024),
      make_core_kernel<gelu_bf16>("gelu_bf16", "gelu_bf16_aie2.o", {kTile, kTile}, kStack, 640),
  };
  add_encoder(kernels);
  return kernels;
}

EncoderKernels encoder_bf16_kernels() { return named_encoder_kernels("encoder_bf16_", "store"); }

}  // namespace tessera::compute::npu
