#include "src/compute/npu/cost/core_cost.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/compute/npu/cost/matmul_cost.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

LoopCounts loop_of_code(std::int64_t trips, const IssueCounts& issued,
                        Recurrence recurrence = Recurrence::none) {
  return {"loop", 1, trips, recurrence, issued, 0};
}

// Of 10 trips each, worked out by hand from the slots: lda and ldb take a load each per cycle.
TEST(CoreCost, AnIntervalIsThatOfTheBusiestSlot) {
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.loads = 30})), 2);  // 1.5, rounded up
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.accumulator_loads = 30})), 3);  // lda alone
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.loads = 20, .accumulator_loads = 20})), 2);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.loads = 10, .gathers = 40})), 5);  // 4.5
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.loads = 10, .stores = 70, .moves = 20})), 7);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.moves = 80, .products = 20})), 8);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.products = 30, .float_products = 30})), 6);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.scalars = 30, .scalar_divisions = 10})), 43);
}

TEST(CoreCost, AChainBoundsAnIntervalFromBelow) {
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.products = 10}, Recurrence::integer_sum)), 2);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.float_products = 10}, Recurrence::float_sum)),
            4);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.moves = 10}, Recurrence::vector_move)), 2);
  EXPECT_EQ(initiation_interval(loop_of_code(10, {.float_products = 50}, Recurrence::float_sum)),
            5);
}

TEST(CoreCost, ALoopWithoutTripsCostsNothing) {
  EXPECT_EQ(initiation_interval(LoopCounts{}), 0);
  EXPECT_EQ(loop_cycles(LoopCounts{}, Grade::hand), 0);
}

TEST(CoreCost, BankConflictsStallACycleEach) {
  LoopCounts loop = loop_of_code(32, {.loads = 64, .stores = 64, .products = 32});
  for (const Grade grade : {Grade::hand, Grade::chess, Grade::peano, Grade::unpipelined}) {
    loop.bank_conflicts = 0;
    const double free = loop_cycles(loop, grade);
    loop.bank_conflicts = 17;
    EXPECT_DOUBLE_EQ(loop_cycles(loop, grade), free + 17) << grade_name(grade);
  }
}

// A division takes 40 cycles, 5 other operations one each, whoever compiled it.
TEST(CoreCost, ScalarLoopsAreNotPipelined) {
  const LoopCounts loop = loop_of_code(10, {.scalars = 50, .scalar_divisions = 10});
  EXPECT_DOUBLE_EQ(loop_cycles(loop, Grade::hand), 10 * 45 + 8);
  EXPECT_DOUBLE_EQ(loop_cycles(loop, Grade::peano), 10 * 45 + 8);
}

// 2 cycles a trip for the chain, 1 for the slots: 10 of them are free.
TEST(CoreCost, BankConflictsHideWhereAChainIsWaitedFor) {
  LoopCounts loop = loop_of_code(10, {.loads = 20, .moves = 10}, Recurrence::vector_move);
  loop.bank_conflicts = 10;
  EXPECT_EQ(loop_cycles(loop, Grade::hand), 10 * 2 + 8);
  loop.bank_conflicts = 12;
  EXPECT_EQ(loop_cycles(loop, Grade::hand), 10 * 2 + 8 + 2);
}

TEST(CoreCost, GradesAreInOrder) {
  for (const MatmulKind kind : {MatmulKind::i8_to_i8, MatmulKind::i8_to_i16, MatmulKind::i8_to_i32,
                                MatmulKind::bf16, MatmulKind::bf16_to_f32, MatmulKind::i16}) {
    const KernelCounts counts = matmul_counts({64, 64, 64}, kind);
    double before = 0;
    for (const Grade grade : {Grade::hand, Grade::chess, Grade::peano, Grade::unpipelined}) {
      const double cycles = kernel_cycles(counts, grade);
      EXPECT_GT(cycles, before) << grade_name(grade);
      before = cycles;
    }
  }
}

// The closed form is fitted to kernels; the slots know nothing of them. What is between them is
// what chess wastes in narrowing to int16 (38 where the slots say 30).
TEST(CoreCost, SlotsGiveThePublishedKernelsWithoutAFit) {
  struct Case {
    MatmulShape shape;
    MatmulKind kind;
    double macs_per_cycle, share;
  };
  const Case cases[] = {{{64, 232, 64}, MatmulKind::i8_to_i8, 233.0, 0.02},
                        {{112, 112, 112}, MatmulKind::i8_to_i8, 212.5, 0.02},
                        {{112, 104, 128}, MatmulKind::i8_to_i8, 207.4, 0.02},
                        {{64, 216, 64}, MatmulKind::i8_to_i16, 217.6, 0.07},
                        {{96, 112, 96}, MatmulKind::i8_to_i16, 192.0, 0.07},
                        {{80, 104, 128}, MatmulKind::i8_to_i16, 186.9, 0.07},
                        {{48, 280, 48}, MatmulKind::i8_to_i32, 192.0, 0.08},
                        {{80, 88, 96}, MatmulKind::i8_to_i32, 146.0, 0.08},
                        {{64, 80, 128}, MatmulKind::i8_to_i32, 133.1, 0.08},
                        {{64, 104, 64}, MatmulKind::bf16, 112.6, 0.02},
                        {{96, 56, 96}, MatmulKind::bf16, 99.8, 0.02},
                        {{96, 48, 112}, MatmulKind::bf16, 97.3, 0.02}};
  for (const Case& c : cases) {
    const double cycles = kernel_cycles(matmul_counts(c.shape, c.kind), Grade::chess);
    EXPECT_NEAR(c.shape.products() / cycles, c.macs_per_cycle, c.share * c.macs_per_cycle)
        << c.shape.m << "x" << c.shape.k << "x" << c.shape.n;
  }
}

TEST(CoreCost, SlotsGivePeanosKernels) {
  const struct {
    MatmulShape shape;
    double i8, bf16;
  } cases[] = {{{64, 64, 64}, 2584, 5407},
               {{32, 32, 32}, 514, 879},
               {{32, 64, 32}, 697, 1418},
               {{32, 128, 32}, 1009, 2482}};
  for (const auto& c : cases) {
    const auto cycles = [&](MatmulKind kind) {
      return kernel_cycles(matmul_counts(c.shape, kind), Grade::peano);
    };
    EXPECT_NEAR(cycles(MatmulKind::i8_to_i8), c.i8, 0.05 * c.i8) << c.shape.k;
    EXPECT_NEAR(cycles(MatmulKind::bf16), c.bf16, 0.05 * c.bf16) << c.shape.k;
  }
}

// 16 entries, 8 trips each, 8 products a trip; 16 x 8 stores hide in 1024 cycles whose store slot
// is free: 1024 + 16 * 8 + 15 * 6 + 20.
TEST(CoreCost, HandWrittenCodeHidesWhatIsOutsideLoops) {
  KernelCounts counts = matmul_counts({64, 64, 64}, MatmulKind::i8_to_i8);
  EXPECT_DOUBLE_EQ(kernel_cycles(counts, Grade::hand), 1262);
  EXPECT_DOUBLE_EQ(kernel_cycles(counts, Grade::chess), 1262 + 128);
  counts.outside.stores = 3000;  // more than there is room for
  EXPECT_DOUBLE_EQ(kernel_cycles(counts, Grade::hand), 3020);
}

TEST(CoreCost, ImpossibleCountsAreRefused) {
  const auto refused = [](const LoopCounts& loop) {
    try {
      loop_cycles(loop, Grade::hand);
    } catch (const Error& error) {
      return error.code() == ErrorCode::bad_argument &&
             std::string(error.what()).find("loop 'loop'") == 0;
    }
    return false;
  };
  EXPECT_TRUE(refused(loop_of_code(0, {.moves = 1})));
  EXPECT_TRUE(refused(loop_of_code(4, {.loads = -1})));
  EXPECT_TRUE(refused(loop_of_code(-1, {})));
  EXPECT_FALSE(refused(loop_of_code(0, {})));
  for (const MatmulShape& shape : {MatmulShape{0, 8, 8}, {8, -8, 8}, {8, 8, 0}}) {
    EXPECT_THROW(matmul_cycles(shape, MatmulKind::bf16, Grade::hand), Error);
  }
}

TEST(Grade, NamesAreRead) {
  for (const Grade grade : {Grade::hand, Grade::chess, Grade::peano, Grade::unpipelined}) {
    EXPECT_EQ(parse_grade(grade_name(grade)), grade);
  }
  try {
    parse_grade("Chess");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "grade: expected hand, chess, peano or unpipelined, got 'Chess'");
  }
}

}  // namespace
}  // namespace tessera::compute::npu
