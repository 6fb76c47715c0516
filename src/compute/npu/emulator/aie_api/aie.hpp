// The part of AMD's aie_api that our kernels use, for AIE2, emulated on the host bit for bit: a
// kernel's source includes <aie_api/aie.hpp> and is compiled against this header here, against
// AMD's for the chip. Written from the documented semantics (AM020; Xilinx/aie_api at dc3ab77;
// Xilinx/mlir-aie); what was only probed on silicon says by whom where it is implemented.
//
// Every call is checked (alignment, buffers, registers that were never written) and counted; see
// CoreState. What AIE2 has not does not compile.
#pragma once

#include "src/compute/npu/emulator/aie_api/accum.hpp"
#include "src/compute/npu/emulator/aie_api/arithmetic.hpp"
#include "src/compute/npu/emulator/aie_api/compare.hpp"
#include "src/compute/npu/emulator/aie_api/lookup.hpp"
#include "src/compute/npu/emulator/aie_api/memory.hpp"
#include "src/compute/npu/emulator/aie_api/mmul.hpp"
#include "src/compute/npu/emulator/aie_api/modes.hpp"
#include "src/compute/npu/emulator/aie_api/reduce.hpp"
#include "src/compute/npu/emulator/aie_api/shuffle.hpp"
#include "src/compute/npu/emulator/aie_api/vector.hpp"

/// By this the kernels' own header knows that loops and locals are to be counted.
#define TESSERA_EMULATED_CORE 1
