#include "src/compute/devices_npu.h"

#include <utility>

#include "src/compute/device.h"
#include "src/compute/npu/cost/grade.h"
#include "src/compute/npu/engine/encoder_cycles.h"
#include "src/compute/npu/engine/encoder_image.h"
#include "src/compute/npu/engine/npu_encoder.h"
#include "src/compute/npu/kernels/bf16_core_kernels.h"
#include "src/compute/npu/kernels/i8_core_kernels.h"
#include "src/compute/npu/mlir/emit_mlir.h"
#include "src/compute/npu/report/plan_report.h"
#include "tessera/error.h"

namespace tessera::compute {
namespace {

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

/// What a plan is made and timed with.
struct Kernels {
  npu::EncoderKernels kernels;
  npu::KernelCycles cycles;
};

/// Cycles are those of what the kernels issue on an emulated core.
Kernels kernels_of(const npu::EncoderShape& shape, npu::Grade grade) {
  npu::EncoderKernels kernels =
      shape.element_bytes == 2 ? npu::encoder_bf16_kernels() : npu::encoder_i8_kernels();
  const npu::ArrayPlan plan = npu::checked_encoder_plan(shape, kernels);
  return {kernels, [cycles = npu::encoder_call_cycles(shape, kernels, plan, grade)](
                       const npu::CoreKernel& kernel, std::span<std::byte* const>,
                       std::span<const std::int32_t>) { return cycles.at(kernel.name); }};
}

}  // namespace

NpuPlan plan_npu_encoder(const ModelDims& dims, const std::string& name,
                         const NpuPlanOptions& options) {
  const npu::Grade grade = npu::parse_grade(options.grade);
  if (!(options.clock_ghz >= kLeastClock && options.clock_ghz <= kMostClock)) {
    throw Error(ErrorCode::bad_argument,
                "npu: expected a clock of 0.1 to 10 GHz, got " + std::to_string(options.clock_ghz));
  }
  const npu::EncoderShape shape = npu::encoder_shape(dims, element_bytes(options.precision));
  Kernels kernels = kernels_of(shape, grade);
  npu::ArrayPlan plan = npu::checked_encoder_plan(shape, kernels.kernels);
  NpuPlan result;
  result.mlir = npu::emit_mlir(plan);
  result.objects = npu::report_objects(plan);
  const npu::PlanReport report = npu::make_plan_report(
      std::move(plan), {.title = "The encoder of " + name + " in " + options.precision,
                        .grade = options.grade,
                        .clock_ghz = options.clock_ghz,
                        .cycles = std::move(kernels.cycles)});
  result.text = npu::report_text(report);
  result.html = npu::report_page(report);
  return result;
}

}  // namespace tessera::compute
