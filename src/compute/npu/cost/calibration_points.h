// The published measurements on Phoenix that the cost model must give before it may predict.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::compute::npu {

struct CalibrationPoint {
  std::string group;  ///< "int8 to int8, chess"
  std::string name;   ///< "64x232x64"
  std::string unit;   ///< of both figures
  double published = 0;
  double modelled = 0;
  std::optional<double> band;  ///< the largest share by which the model may be off; none: for show
  std::string source;          ///< who published it

  /// Share of the published figure by which the modelled one is above it.
  double error() const { return modelled / published - 1; }
  bool holds() const { return !band || (error() <= *band && -error() <= *band); }
};

/// All of them, in the order of the sources. Everything else that the model says is prediction.
std::vector<CalibrationPoint> calibration_points();

}  // namespace tessera::compute::npu
