// Instruction sets: what a kernel needs, what this machine has, what the user allows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::compute::kernels {

/// What a kernel variant is compiled for. The name of each is the end of its variants' file names.
enum class Isa : std::uint8_t {
  portable,      ///< the baseline of the build: x86-64-v2, or Armv8
  avx2,          ///< AVX2, FMA, F16C (x86-64-v3)
  avx_vnni,      ///< avx2 and the 256-bit VEX forms of VNNI
  avx512,        ///< AVX-512 F, BW, DQ, VL (x86-64-v4) and VBMI
  avx512_vnni,   ///< avx512 and VNNI
  avx512_bf16,   ///< avx512_vnni and BF16
  amx,           ///< avx512_bf16 and the tiles of AMX, for int8 and bfloat16
  neon,          ///< Armv8 Advanced SIMD
  neon_dotprod,  ///< neon and the dot products of int8 (optional from Armv8.2, mandatory in 8.4)
  aie2,          ///< cores of AMD's NPU, emulated: bit for bit, anywhere, and slowly
};

/// "avx512_vnni"
const char* isa_name(Isa isa);

/// Throws Error{bad_argument} that lists the names.
Isa parse_isa(std::string_view name);

/// All of them, slowest first.
std::span<const Isa> all_isas();

/// Whether kernels for the set were compiled into this build (its processor family is this one).
bool is_compiled(Isa isa);

/// Instruction sets that this machine can run, slowest first; portable is always there.
const std::vector<Isa>& machine_isas();

/// Whether variants for the set run on an emulated core: everywhere, and only where they are asked
/// for by name. No tier allows them.
bool is_emulated(Isa isa);

/// Whether a variant for the set can be run on this machine, emulated or not.
bool runs_here(Isa isa);

/// An upper bound on what may run: a set, and those that it includes.
class IsaTier {
 public:
  /// Everything that the machine has.
  static IsaTier best();
  /// The tier of one set. Throws Error{unsupported} when the machine does not have it.
  static IsaTier only(Isa isa);
  /// From a text, as `only`; "" and "auto" are `best`.
  static IsaTier parse(std::string_view name);
  /// From $TESSERA_ISA.
  static IsaTier from_environment();

  bool allows(Isa isa) const;
  /// Whether nobody asked for less than everything.
  bool is_best() const { return everything_; }
  /// The highest set that it allows.
  Isa top() const { return top_; }

 private:
  explicit IsaTier(Isa top, bool everything) : top_(top), everything_(everything) {}

  Isa top_;
  bool everything_;  // all that the machine has, not only what `top_` includes
};

}  // namespace tessera::compute::kernels
