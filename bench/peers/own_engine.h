// Tessera's own engines as a contender.
#pragma once

#include <memory>
#include <string>

#include "bench/peers/contender.h"
#include "src/compute/device.h"

namespace tessera::bench {

/// Opens `device` and loads encoder and decoder. Borrows `job`. Throws Error as the device does.
std::unique_ptr<Contender> own_engine(const std::string& device, compute::Precision precision,
                                      std::shared_ptr<const compute::ModelWeights> weights,
                                      const Job& job);

}  // namespace tessera::bench
