#include "src/compute/cpu/kernel_set.h"

#include <cstdlib>
#include <string_view>

#include "src/compute/kernels/workload.h"

namespace tessera::compute::cpu {
namespace {

using kernels::Choice;

constexpr std::string_view kOps[] = {
    "lane_linear_i8",     "lane_linear_bf16",    "lane_linear_f32",
    "lane_prepare",       "lane_rotate",         "lane_pack_values",
    "lane_attention_i8",  "lane_attention_bf16", "lane_attention_f32",
    "matmul_i8",          "matmul_bf16",         "matmul_f32",
    "quantise",           "layer_norm",          "gelu",
    "row_prepare",        "row_finish",          "row_attention_i8",
    "row_attention_bf16", "row_attention_f32"};

const Kernel& in(const Choice& choice, std::string_view op) { return *choice.find(op)->second; }

Choice measured(const kernels::IsaTier& tier) {
  std::optional<kernels::Workload> workload;  // made when something is measured
  const auto seconds_of = [&](const Kernel& kernel) {
    if (!workload) workload.emplace();
    return workload->seconds_of(kernel);
  };
  return kernels::cached_choice(kernels::selection_cache(), kernels::selection_key(), kOps, tier,
                                seconds_of);
}

}  // namespace

KernelSet::KernelSet(const Choice& choice, kernels::Isa isa)
    : lane_linear_i8(in(choice, "lane_linear_i8")),
      lane_linear_bf16(in(choice, "lane_linear_bf16")),
      lane_linear_f32(in(choice, "lane_linear_f32")),
      lane_prepare(in(choice, "lane_prepare")),
      lane_rotate(in(choice, "lane_rotate")),
      lane_pack_values(in(choice, "lane_pack_values")),
      lane_attention_i8(in(choice, "lane_attention_i8")),
      lane_attention_bf16(in(choice, "lane_attention_bf16")),
      lane_attention_f32(in(choice, "lane_attention_f32")),
      matmul_i8(in(choice, "matmul_i8")),
      matmul_bf16(in(choice, "matmul_bf16")),
      matmul_f32(in(choice, "matmul_f32")),
      quantise(in(choice, "quantise")),
      layer_norm(in(choice, "layer_norm")),
      gelu(in(choice, "gelu")),
      row_prepare(in(choice, "row_prepare")),
      row_finish(in(choice, "row_finish")),
      row_attention_i8(in(choice, "row_attention_i8")),
      row_attention_bf16(in(choice, "row_attention_bf16")),
      row_attention_f32(in(choice, "row_attention_f32")),
      attention_centre(takes_centre(lane_attention_i8.isa, kernels::kCentre)
                           ? kernels::kCentre
                           : kernels::kCentreOf7Bits),
      bounds_pairs(!takes_centre(lane_linear_i8.isa, kernels::kCentre)),
      isa(isa) {}

KernelSet::KernelSet(const kernels::IsaTier& tier)
    : KernelSet(kernels::listed_choice(kOps, tier), tier.top()) {}

KernelSet KernelSet::fastest(const kernels::IsaTier& tier) {
  Choice choice = tier.is_best() ? measured(tier) : kernels::listed_choice(kOps, tier);
  const char* overrides = std::getenv("TESSERA_KERNELS");
  if (overrides != nullptr) kernels::override_choice(choice, overrides);
  return {choice, tier.top()};
}

}  // namespace tessera::compute::cpu
