#include "src/compute/cpu/model_files.h"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "src/base/mapped_file.h"
#include "src/compute/cpu/plan_text.h"
#include "src/compute/kernels/lane_layout.h"

namespace tessera::compute::cpu {
namespace {

/// Of the order of arrays in packed weights: see EncoderPack, DecoderNet and the layouts they use.
constexpr int kPackForm = 2;

std::string text_of(const kernels::LaneWeightLayout& layout) {
  return std::to_string(layout.panel) + 'x' + std::to_string(layout.group);
}

/// automatic is int8.
const char* name_of(Precision precision) {
  return precision_name(precision == Precision::automatic ? Precision::int8 : precision);
}

}  // namespace

std::string plan_path(const ModelWeights& weights) {
  return weights.origin.beside.empty() ? "" : weights.origin.beside + "cpu-int8.plan";
}

std::string pack_path(const ModelWeights& weights, Precision precision) {
  if (weights.origin.beside.empty()) return "";
  return weights.origin.beside + "cpu-" + name_of(precision) + ".pack";
}

PrecisionPlan plan_for(const ModelWeights& weights, Precision precision) {
  const std::string path = plan_path(weights);
  std::error_code ignored;
  const bool calibrated = (precision == Precision::automatic || precision == Precision::int8) &&
                          !path.empty() && std::filesystem::exists(path, ignored);
  if (!calibrated) return PrecisionPlan::of(weights.dims, precision);
  const base::MappedFile file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  return parse_plan(text, weights.dims, path);
}

std::string pack_key(const ModelWeights& weights, const PrecisionPlan& plan,
                     const KernelSet& kernels) {
  return "form " + std::to_string(kPackForm) + "\nlanes " +
         text_of(kernels::lane_weight_layout(kernels.lane_linear_i8)) + ' ' +
         text_of(kernels::lane_weight_layout(kernels.lane_linear_bf16)) + ' ' +
         text_of(kernels::lane_weight_layout(kernels.lane_linear_f32)) +
         (kernels.bounds_pairs ? " pairs\n" : "\n") + text_of(plan) + weights.origin.fingerprint;
}

}  // namespace tessera::compute::cpu
