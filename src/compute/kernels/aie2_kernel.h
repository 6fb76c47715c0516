// What the source of a kernel for an AIE2 core includes besides <aie_api/aie.hpp>: loops with a
// name, locals with a known place, and what the scalar unit does. For the chip these are the plain
// loop with the compiler's pragmas, a variable, and nothing; on the emulated core they are counted.
//
// A kernel is one extern "C" function in a file OP_VARIANT_aie2.cc. It sets rounding and saturation
// on entry, for they are the core's and not the call's; keeps no state but in its buffers; and
// asserts at compile time that these fit the core's memory.
#pragma once

#include <stdint.h>

#include <aie_api/aie.hpp>

namespace tessera::compute::kernels::aie2 {

inline constexpr int kMemoryBytes = 65536;   ///< data of a core (AM020)
inline constexpr int kProgramBytes = 16384;  ///< program of a core (AM020)

}  // namespace tessera::compute::kernels::aie2

// AIE2_LOOP(index, trips, least, name, recurrence) begins an innermost loop of `trips` trips, at
// least `least` (a literal: others misbehave in silence), that is counted as `name`; `recurrence`
// is the chain from one trip to the next: none, integer_sum, float_sum or vector_move. AIE2_UNROLL
// before a loop of few trips takes it apart, which is part of the body around it.
#ifdef TESSERA_EMULATED_CORE

#define AIE2_LOOP(index, trips, least, name, recurrence)                        \
  for ([[maybe_unused]] const int index : ::tessera::compute::npu::CountedLoop( \
           name, trips, ::tessera::compute::npu::Recurrence::recurrence))
#define AIE2_UNROLL

namespace tessera::compute::kernels::aie2 {

/// Local variables: what a kernel needs of the stack, T, in one piece.
template <class T>
using Local = npu::Local<T>;

/// Says that the scalar unit loads, adds or compares, multiplies, divides so often.
inline void scalar_work(int loads, int sums, int products = 0, int divisions = 0) {
  npu::IssueCounts& issued = *npu::core().issued;
  issued.loads += loads;
  issued.scalars += sums;
  issued.scalar_products += products;
  issued.scalar_divisions += divisions;
}

}  // namespace tessera::compute::kernels::aie2

#else

#define AIE2_PRAGMA(text) _Pragma(#text)
#define AIE2_LOOP(index, trips, least, name, recurrence) \
  AIE2_PRAGMA(clang loop min_iteration_count(least))     \
  for (int index = 0; index < (trips); ++index)
#define AIE2_UNROLL AIE2_PRAGMA(clang loop unroll(full))

namespace tessera::compute::kernels::aie2 {

template <class T>
class Local {
 public:
  T& operator*() { return value_; }
  T* operator->() { return &value_; }

 private:
  alignas(aie::vector_decl_align) T value_;
};

inline void scalar_work(int, int, int = 0, int = 0) {}

}  // namespace tessera::compute::kernels::aie2

#endif
