// Operands of attention as a model that ships computes them.
#pragma once

#include <vector>

#include "bench/tile_inputs.h"

namespace tessera::bench {

/// The encoder's self-attention in the shipped model on its sample: every layer, two heads, two
/// places in speech, 64 queries and the same 64 keys each. In float32 from the reference device.
/// Throws Error when the shipped model cannot be found.
std::vector<RealTile> captured_tiles();

}  // namespace tessera::bench
