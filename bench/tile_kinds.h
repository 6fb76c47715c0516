// Inputs of attention on which a tile can fail, each in its own way.
#pragma once

#include <string>
#include <vector>

#include "bench/tile_inputs.h"

namespace tessera::bench {

/// A tile in int8, and what attention would have been before its operands became that.
struct JudgedTile {
  TileInputs inputs;
  std::vector<double> unquantised;  ///< (64, 64), in steps of the output; empty: it was int8 always
};

struct TileKind {
  std::string name;
  std::vector<JudgedTile> tiles;
};

/// Activations of the shipped model, made-up tiles that resemble what is found in larger ones, and
/// last the uniform random bytes that prove nothing.
std::vector<TileKind> tile_kinds();

}  // namespace tessera::bench
