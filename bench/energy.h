// Energy of the processor package, where the kernel lets us read it.
#pragma once

#include <optional>

namespace tessera::bench {

/// Joules since some time in the past, from RAPL through Linux' powercap; nothing where there is no
/// RAPL or it may not be read. It starts again at 0 now and then, see energy_between.
std::optional<double> read_energy_j();

/// Nothing where one is missing, or the counter started again between them.
std::optional<double> energy_between(std::optional<double> before, std::optional<double> after);

}  // namespace tessera::bench
