#include "src/compute/devices_npu.h"

#include <utility>

#include "src/compute/device.h"
#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/mlir/emit_mlir.h"
#include "src/compute/npu/plan/builders/encoder_plan.h"
#include "src/compute/npu/report/modelled_kernels.h"
#include "src/compute/npu/report/plan_report.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

constexpr int kHead = 64;  ///< elements of a head that the kernels know
constexpr double kLeastClock = 0.1, kMostClock = 10;

std::int64_t element_bytes(const std::string& precision) {
  switch (parse_precision(precision)) {
    case Precision::int8:
      return 1;
    case Precision::bf16:
      return 2;
    default:
      throw Error(ErrorCode::bad_argument,
                  "npu: expected precision int8 or bf16, got '" + precision + "'");
  }
}

npu::EncoderShape shape_of(const ModelDims& dims, std::int64_t bytes) {
  if (dims.n_audio_state != kHead * dims.n_audio_heads) {
    throw Error(ErrorCode::unsupported,
                "npu: expected heads of 64 elements, got " + std::to_string(dims.n_audio_state) +
                    " in " + std::to_string(dims.n_audio_heads) + " heads");
  }
  return {.positions = dims.n_audio_ctx,
          .d_model = dims.n_audio_state,
          .heads = dims.n_audio_heads,
          .d_hidden = dims.n_audio_ffn,
          .layers = dims.n_audio_layers,
          .element_bytes = bytes};
}

}  // namespace

NpuPlan plan_npu_encoder(const ModelDims& dims, const std::string& name,
                         const NpuPlanOptions& options) {
  const npu::Grade grade = npu::parse_grade(options.grade);
  if (!(options.clock_ghz >= kLeastClock && options.clock_ghz <= kMostClock)) {
    throw Error(ErrorCode::bad_argument, "npu: expected a clock of 0.1 to 10 GHz, got " +
                                             std::to_string(options.clock_ghz));
  }
  const std::int64_t bytes = element_bytes(options.precision);
  npu::ArrayPlan plan =
      npu::encoder_plan(shape_of(dims, bytes), npu::modelled_encoder_kernels(bytes));
  NpuPlan result;
  result.mlir = npu::emit_mlir(plan);
  result.objects = npu::report_objects(plan);
  const npu::PlanReport report = npu::make_plan_report(
      std::move(plan), {.title = "The encoder of " + name + " in " + options.precision,
                        .grade = options.grade,
                        .clock_ghz = options.clock_ghz,
                        .cycles = npu::modelled_encoder_cycles(bytes, grade)});
  result.text = npu::report_text(report);
  result.html = npu::report_page(report);
  return result;
}

}  // namespace tessera::compute
