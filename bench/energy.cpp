#include "bench/energy.h"

#include <fstream>

namespace tessera::bench {

std::optional<double> read_energy_j() {
  std::ifstream file("/sys/class/powercap/intel-rapl:0/energy_uj");
  double microjoules = 0;
  if (!(file >> microjoules)) return std::nullopt;
  return microjoules * 1e-6;
}

std::optional<double> energy_between(std::optional<double> before, std::optional<double> after) {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

}  // namespace tessera::bench
