#include "src/compute/npu/report/plan_report.h"

#include <gmock/gmock.h>

#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "src/compute/npu/report/text_parts.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

using testing::HasSubstr;
using testing::Not;

void nothing_reported(Places, Numbers) {}

/// Four cores that take 1000 cycles for each of 16 tiles; a name that a page must escape.
PlanReport four_cores(double clock_ghz = 1.0) {
  ArrayPlan plan =
      tile_parallel_plan({stand_in("one_two", {64, 64}, 0, nothing_reported), {}, 64, 64, 16}, 4);
  plan.stages = {{"<first>", 0}, {"last", plan.sequence.size() - 1}};
  return make_plan_report(std::move(plan), {.title = "A & B",
                                            .grade = "peano",
                                            .clock_ghz = clock_ghz,
                                            .cycles = [](const CoreKernel&, Places, Numbers) {
                                              return std::int64_t{1000};
                                            }});
}

TEST(PlanReport, AddsUp) {
  const PlanReport report = four_cores();
  ASSERT_EQ(report.stages.size(), 2U);
  EXPECT_EQ(report.stages[0].cycles + report.stages[1].cycles, report.times.cycles);
  EXPECT_NEAR(report.stages[0].share + report.stages[1].share, 1.0, 1e-12);
  EXPECT_NEAR(report.array_ms, static_cast<double>(report.times.cycles) / 1e6, 1e-12);
  EXPECT_NEAR(four_cores(2.0).array_ms, report.array_ms / 2, 1e-12);
  EXPECT_NEAR(four_cores(2.0).memory_gb_s, 2 * report.memory_gb_s, 1e-12);
  // 16 tiles of 1000 cycles on four cores.
  EXPECT_NEAR(report.core_busy, 4000.0 / static_cast<double>(report.times.cycles), 1e-12);
  ASSERT_EQ(report.kernels.size(), 1U);
  EXPECT_EQ(report.kernels[0].cycles, 1000);
}

TEST(PlanReport, EveryByteOfATileHasAName) {
  int cores = 0;
  for (const TileReport& tile : four_cores().tiles) {
    std::int64_t bytes = 0;
    for (const MemoryPart& part : tile.parts) bytes += part.bytes;
    EXPECT_EQ(bytes, tile.use.memory_bytes) << name_of(tile.use.tile);
    if (kind_of(tile.use.tile) != TileKind::core) continue;
    ++cores;
    EXPECT_GT(tile.computes, 0.1);
    EXPECT_LE(tile.computes + tile.waits, 1.0);
  }
  EXPECT_EQ(cores, 4);
}

TEST(PlanReport, TextAndPageSayThatItIsModelled) {
  const PlanReport report = four_cores(1.8);
  EXPECT_THAT(report_text(report), HasSubstr("modelled, not measured: grade peano, 1.80 GHz"));
  EXPECT_THAT(report_text(report), HasSubstr("core (0,2)"));
  const std::string page = report_page(report);
  EXPECT_THAT(page, HasSubstr("<h1>A &amp; B on AMD's Phoenix array</h1>"));
  EXPECT_THAT(page, HasSubstr("&lt;first&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<first>")));
  EXPECT_THAT(page, HasSubstr("modelled</span> Nobody has run this plan on the chip"));
  EXPECT_EQ(report_objects(report.plan),
            "plan " + report.plan.name + "\none_two stand_in_aie2.o\n");
}

TEST(PlanReport, RefusesAPlanThatTheArrayCannotHold) {
  ArrayPlan plan = four_cores().plan;
  plan.cores[0].stack_bytes = 70'000;
  EXPECT_THROW(make_plan_report(plan, {}), Error);
}

TEST(TextParts, NumbersAreGroupedAndSharesRounded) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1 000");
  EXPECT_EQ(grouped(-123456), "-123 456");
  EXPECT_EQ(grouped(1234567890), "1 234 567 890");
  EXPECT_EQ(kilobytes(65536), "64 KB");
  EXPECT_EQ(kilobytes(1536), "1.5 KB");
  EXPECT_EQ(percent(0.834), "83 %");
  EXPECT_EQ(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
}

}  // namespace
}  // namespace tessera::compute::npu
