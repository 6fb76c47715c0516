// Every kernel variant of this build, from kernel_list.inc: found by name or chosen by instruction
// set.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "src/compute/kernels/bf16_abi.h"
#include "src/compute/kernels/isa.h"
#include "src/compute/kernels/kernel_abi.h"
#include "src/compute/kernels/lane_abi.h"
#include "src/compute/kernels/logits_abi.h"
#include "src/compute/kernels/mel_abi.h"
#include "src/compute/kernels/row_abi.h"

namespace tessera::compute::kernels {

/// One row of the list.
struct Kernel {
  const char* op;    ///< "tile_attention"
  const char* name;  ///< "fused_avx512_vnni"; unique within the op
  Isa isa;
  Exactness exactness;
  const char* exact_with;   ///< the variant of the same op that it is bit-equal to, or ""
  const char* description;  ///< one line; for steps of the seed's plan it names the step
  void (*function)();       ///< a KernelFunction<Params> of the op's Params

  /// Runs the kernel. `Params` is that of its op, else Error{internal} is thrown.
  /// Returns the name that the code which ran has of itself, from its own file's name.
  template <class Params>
  const char* run(const Params& params) const {
    check_op(Params::kOp);
    return reinterpret_cast<KernelFunction<Params>>(function)(params);
  }

 private:
  void check_op(std::string_view expected) const;
};

/// Whether the int8 lane_* kernels of an instruction set take unsigned bytes around `centre`, which
/// is kCentre or kCentreOf7Bits. Those that multiply 8 unsigned bits take both; AVX2 takes 7 bits
/// only, and Armv8 takes kCentre, since it turns bytes around it into signed ones.
constexpr bool takes_centre(Isa isa, int centre) {
  if (isa == Isa::avx2) return centre == kCentreOf7Bits;
  return centre == kCentre || (isa != Isa::neon && isa != Isa::neon_dotprod);
}

/// All rows, in the order of the list: within an op the fastest come last.
std::span<const Kernel> all_kernels();

/// The rows of one op.
std::vector<const Kernel*> kernels_of(std::string_view op);

/// The variant of that name, whatever the tier. Throws Error{bad_argument} that lists the names
/// when there is none, Error{unsupported} when the machine lacks its instruction set.
const Kernel& force(std::string_view op, std::string_view name);

/// The last variant of the op's list that the tier allows and that is bit-equal to `exact_with` (""
/// accepts every one that is meant for use, see Exactness). Throws Error{unsupported} when there is
/// none.
const Kernel& select(std::string_view op, const IsaTier& tier, std::string_view exact_with = "");

}  // namespace tessera::compute::kernels
