#include "src/compute/kernels/isa.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "src/base/cpu_features.h"
#include "src/compute/kernels/compiled_isas.h"
#include "tessera/error.h"

namespace tessera::compute::kernels {
namespace {

struct IsaRow {
  Isa isa;
  const char* name;
  bool compiled;
  std::vector<Isa> includes;          // besides itself
  std::vector<std::string> features;  // by base::cpu_features, all needed
};

const std::vector<IsaRow>& rows() {
  using enum Isa;
  static const std::vector<IsaRow> table = {
      {portable, "portable", true, {}, {}},
      {avx2, "avx2", TESSERA_COMPILED_avx2 != 0, {portable}, {"avx2", "fma", "f16c"}},
      {avx_vnni,
       "avx_vnni",
       TESSERA_COMPILED_avx_vnni != 0,
       {portable, avx2},
       {"avx2", "fma", "f16c", "avx_vnni"}},
      {avx512,
       "avx512",
       TESSERA_COMPILED_avx512 != 0,
       {portable, avx2},
       {"avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi"}},
      {avx512_vnni,
       "avx512_vnni",
       TESSERA_COMPILED_avx512_vnni != 0,
       {portable, avx2, avx512},
       {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi", "avx512_vnni"}},
      {avx512_bf16,
       "avx512_bf16",
       TESSERA_COMPILED_avx512_bf16 != 0,
       {portable, avx2, avx512, avx512_vnni},
       {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi", "avx512_vnni", "avx512_bf16"}},
      {amx,
       "amx",
       TESSERA_COMPILED_amx != 0,
       {portable, avx2, avx512, avx512_vnni, avx512_bf16},
       {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi", "avx512_vnni", "avx512_bf16",
        "amx_tile", "amx_int8", "amx_bf16"}},
      {neon, "neon", TESSERA_COMPILED_neon != 0, {portable}, {"asimd"}},
      {neon_dotprod,
       "neon_dotprod",
       TESSERA_COMPILED_neon_dotprod != 0,
       {portable, neon},
       {"asimd", "asimddp"}},
      {aie2, "aie2", TESSERA_COMPILED_aie2 != 0, {}, {"no processor's"}},
  };
  return table;
}

const IsaRow& row(Isa isa) { return rows()[static_cast<std::size_t>(isa)]; }

std::vector<Isa> detect() {
  const std::vector<std::string> features = base::cpu_features();
  const auto has = [&](const std::string& feature) {
    return std::find(features.begin(), features.end(), feature) != features.end();
  };
  std::vector<Isa> found;
  for (const IsaRow& entry : rows()) {
    if (entry.compiled && std::all_of(entry.features.begin(), entry.features.end(), has)) {
      found.push_back(entry.isa);
    }
  }
  return found;
}

bool machine_has(Isa isa) {
  const std::vector<Isa>& have = machine_isas();
  return std::find(have.begin(), have.end(), isa) != have.end();
}

std::string names(const std::vector<Isa>& isas) {
  std::string text;
  for (const Isa isa : isas) text += (text.empty() ? "" : ", ") + std::string(isa_name(isa));
  return text;
}

}  // namespace

const char* isa_name(Isa isa) { return row(isa).name; }

std::span<const Isa> all_isas() {
  static const std::vector<Isa> all = [] {
    std::vector<Isa> isas;
    for (const IsaRow& entry : rows()) isas.push_back(entry.isa);
    return isas;
  }();
  return all;
}

Isa parse_isa(std::string_view name) {
  for (const IsaRow& entry : rows()) {
    if (name == entry.name) return entry.isa;
  }
  throw Error(ErrorCode::bad_argument, "isa: expected one of auto, " +
                                           names({all_isas().begin(), all_isas().end()}) +
                                           "; got '" + std::string(name) + "'");
}

bool is_compiled(Isa isa) { return row(isa).compiled; }

bool is_emulated(Isa isa) { return isa == Isa::aie2; }

bool runs_here(Isa isa) { return is_emulated(isa) || machine_has(isa); }

const std::vector<Isa>& machine_isas() {
  static const std::vector<Isa> found = detect();
  return found;
}

IsaTier IsaTier::best() { return IsaTier(machine_isas().back(), true); }

IsaTier IsaTier::only(Isa isa) {
  if (!machine_has(isa)) {
    throw Error(ErrorCode::unsupported, std::string("isa: this machine has no ") + isa_name(isa) +
                                            "; it has " + names(machine_isas()));
  }
  return IsaTier(isa, false);
}

IsaTier IsaTier::parse(std::string_view name) {
  return name.empty() || name == "auto" ? best() : only(parse_isa(name));
}

IsaTier IsaTier::from_environment() {
  const char* name = std::getenv("TESSERA_ISA");
  return parse(name == nullptr ? "" : name);
}

bool IsaTier::allows(Isa isa) const {
  if (!machine_has(isa)) return false;
  if (everything_ || isa == top_) return true;
  const std::vector<Isa>& included = row(top_).includes;
  return std::find(included.begin(), included.end(), isa) != included.end();
}

}  // namespace tessera::compute::kernels
