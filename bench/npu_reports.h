// What the NPU's cost model says, as tables for people, JSON for programs and a page. Modelled and
// measured figures stand in columns of their own and are never divided by each other, except where
// the model is held to what it must give (npu-model).
#pragma once

#include <iosfwd>
#include <vector>

#include "src/compute/npu/cost/attention_ladder.h"
#include "src/compute/npu/cost/calibration_points.h"

namespace tessera::bench {

using NpuPoints = std::vector<compute::npu::CalibrationPoint>;
using NpuLadder = std::vector<compute::npu::LadderRow>;

void write_npu_model_table(const NpuPoints& points, std::ostream& out);
void write_npu_model_json(const NpuPoints& points, std::ostream& out);

void write_npu_ladder_table(const NpuLadder& ladder, std::ostream& out);
void write_npu_ladder_json(const NpuLadder& ladder, std::ostream& out);
void write_npu_ladder_page(const NpuLadder& ladder, std::ostream& out);

}  // namespace tessera::bench
