#include "src/compute/npu/kernels/i8_core_kernels.h"

// bfloat16 comes first.
#include "src/compute/npu/emulator/aie_api/types.hpp"
// and then who takes it
#include "src/compute/kernels/encoder/encoder_i8_aie2.h"
#include "src/compute/npu/kernels/core_kernels.h"
#include "src/compute/npu/kernels/make_core_kernel.h"
#include "src/compute/npu/kernels/named_encoder_kernels.h"

namespace tessera::compute::npu {

using namespace kernels::aie2;  // NOLINT(google-build-using-namespace): sizes of buffers

// Budgets of the 16 KB by issues of the bodies: a bundle of the multiplier with two loads has 16
// bytes, a load, store or move alone 4 to 6. No compiler for the chip has seen them here.
std::vector<CoreKernel> i8_encoder_core_kernels() {
  constexpr std::size_t kStack = 512;  // of kernels without locals
  constexpr std::size_t kPanel = kPanelI8Bytes, kSums = sizeof(SumsI8),
                        kScales = sizeof(ColumnScalesI8), kAttention = sizeof(AttentionStateI8),
                        kNorm = sizeof(NormStateI8);
  constexpr auto kProducts = "encoder_products_i8_aie2.o";
  constexpr auto kAttend = "encoder_attention_i8_aie2.o";
  constexpr auto kNorms = "encoder_norm_i8_aie2.o";
  return {
      make_core_kernel<encoder_i8_begin>("encoder_i8_begin", kProducts, {kPanel, kSums, kScales},
                                         kStack, 256),
      make_core_kernel<encoder_i8_multiply>("encoder_i8_multiply", kProducts,
                                            {kPanel, kPanel, kSums}, kStack, 832),
      make_core_kernel<encoder_i8_store>("encoder_i8_store", kProducts, {kSums, kScales, kPanel},
                                         kStack, 224),
      make_core_kernel<encoder_i8_store_gelu>("encoder_i8_store_gelu", kProducts,
                                              {kSums, kScales, kPanel}, kStack, 576),
      make_core_kernel<encoder_i8_store_wide>("encoder_i8_store_wide", kProducts,
                                              {kSums, kScales, kPanel}, kStack, 320),
      make_core_kernel<encoder_i8_take>("encoder_i8_take", kProducts, {kPanel, kPanel}, kStack, 96),
      make_core_kernel<encoder_i8_attend_begin>("encoder_i8_attend_begin", kAttend,
                                                {kSums, kAttention}, kStack, 384),
      make_core_kernel<encoder_i8_attend_keys>("encoder_i8_attend_keys", kAttend,
                                               {kPanel, kPanel, kAttention}, kStack, 2688),
      make_core_kernel<encoder_i8_attend_values>("encoder_i8_attend_values", kAttend,
                                                 {kPanel, kSums, kAttention}, kStack, 1024),
      make_core_kernel<encoder_i8_attend_finish>("encoder_i8_attend_finish", kAttend,
                                                 {kSums, kAttention, kPanel}, kStack, 384),
      make_core_kernel<encoder_i8_norm_begin>("encoder_i8_norm_begin", kNorms, {kNorm}, kStack,
                                              128),
      make_core_kernel<encoder_i8_norm_add>("encoder_i8_norm_add", kNorms,
                                            {kPanel, kPanel, kNorm, kPanel}, kStack, 384),
      make_core_kernel<encoder_i8_norm_write>("encoder_i8_norm_write", kNorms,
                                              {kPanel, kPanel, kNorm, kPanel}, kStack, 1152),
  };
}

EncoderKernels encoder_i8_kernels() { return named_encoder_kernels("encoder_i8_"); }

}  // namespace tessera::compute::npu
