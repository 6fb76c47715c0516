#include "src/compute/npu/cost/calibration_points.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace tessera::compute::npu {
namespace {

TEST(CalibrationPoints, EveryPublishedFigureIsInItsBand) {
  for (const CalibrationPoint& point : calibration_points()) {
    EXPECT_TRUE(point.holds()) << point.group << ", " << point.name << ": published "
                               << point.published << " " << point.unit << ", modelled "
                               << point.modelled;
  }
}

// That no point was dropped to make the test above pass.
TEST(CalibrationPoints, NoneIsMissing) {
  std::map<std::string, int> count;
  int banded = 0;
  for (const CalibrationPoint& point : calibration_points()) {
    ++count[point.group];
    banded += point.band.has_value();
    EXPECT_FALSE(point.source.empty());
    EXPECT_GT(point.published, 0);
    EXPECT_GT(point.modelled, 0);
  }
  EXPECT_EQ(count["matmul int8 to int8, chess"] + count["matmul int8 to int16, chess"] +
                count["matmul int8 to int32, chess"] + count["matmul bf16, chess"],
            12);
  EXPECT_EQ(count["matmul int8, Peano"] + count["matmul bf16, Peano"], 8);
  EXPECT_EQ(count["vector scale, int16"], 3);
  EXPECT_EQ(count["matmul bf16, by hand"], 2);
  EXPECT_EQ(count["4032^3 on 16 cores"], 4);
  EXPECT_EQ(count["launch"], 3);
  EXPECT_EQ(count["scalar int8 attention 64^3, with launch"], 3);
  EXPECT_EQ(banded, 12 + 8 + 3 + 2 + 4 + 3 + 3 + 2);  // the last: OX and WX
}

TEST(CalibrationPoints, AnErrorIsAShareOfWhatWasPublished) {
  CalibrationPoint point{"group", "name", "us", 100, 104, 0.04, "nobody"};
  EXPECT_NEAR(point.error(), 0.04, 1e-12);  // both of 53 bits
  point.band = 0.05;
  EXPECT_TRUE(point.holds());
  point.modelled = 94;
  EXPECT_FALSE(point.holds());
  point.modelled = 106;
  EXPECT_FALSE(point.holds());
  point.band.reset();
  EXPECT_TRUE(point.holds());
}

}  // namespace
}  // namespace tessera::compute::npu
