#include "src/compute/kernels/registry.h"

#include <string>

#include "src/compute/kernels/compiled_isas.h"
#include "tessera/error.h"

namespace tessera::compute::kernels {

// Declares every variant: `const char* op_variant(const Params&) noexcept`.
#define TESSERA_KERNEL(op, params, variant, isa, exactness, exact_with, description) \
  TESSERA_IF_##isa(const char* op##_##variant(const params&) noexcept;)
#include "src/compute/kernels/kernel_list.inc"
#undef TESSERA_KERNEL

namespace {

// NOLINTBEGIN(bugprone-macro-parentheses): params is a type
#define TESSERA_KERNEL(op, params, variant, isa, exactness, exact_with, description) \
  TESSERA_IF_##isa(                                                                  \
      Kernel{#op, #variant, Isa::isa, Exactness::exactness, exact_with, description, \
             reinterpret_cast<void (*)()>(static_cast<KernelFunction<params>>(op##_##variant))}, )
const Kernel kKernels[] = {
#include "src/compute/kernels/kernel_list.inc"
};
#undef TESSERA_KERNEL
// NOLINTEND(bugprone-macro-parentheses)

std::string names_of(std::string_view op) {
  std::string names;
  for (const Kernel* kernel : kernels_of(op)) {
    names += (names.empty() ? "" : ", ") + std::string(kernel->name);
  }
  return names.empty() ? "none: there is no such operation" : names;
}

}  // namespace

void Kernel::check_op(std::string_view expected) const {
  if (expected == op) return;
  throw Error(ErrorCode::internal, std::string("kernel ") + op + " " + name +
                                       " was given the parameters of " + std::string(expected));
}

std::span<const Kernel> all_kernels() { return kKernels; }

std::vector<const Kernel*> kernels_of(std::string_view op) {
  std::vector<const Kernel*> found;
  for (const Kernel& kernel : all_kernels()) {
    if (op == kernel.op) found.push_back(&kernel);
  }
  return found;
}

const Kernel& force(std::string_view op, std::string_view name) {
  for (const Kernel* kernel : kernels_of(op)) {
    if (name != kernel->name) continue;
    if (!is_emulated(kernel->isa)) IsaTier::only(kernel->isa);  // throws where the machine lacks it
    return *kernel;
  }
  throw Error(ErrorCode::bad_argument, "kernel " + std::string(op) + ": expected one of " +
                                           names_of(op) + "; got '" + std::string(name) + "'");
}

const Kernel& select(std::string_view op, const IsaTier& tier, std::string_view exact_with) {
  const Kernel* best = nullptr;
  for (const Kernel& kernel : all_kernels()) {
    if (op != kernel.op || kernel.exactness == Exactness::historic) continue;
    const bool agrees =
        exact_with.empty() || exact_with == kernel.name || exact_with == kernel.exact_with;
    if (agrees && tier.allows(kernel.isa)) best = &kernel;
  }
  if (best != nullptr) return *best;
  throw Error(ErrorCode::unsupported,
              "kernel " + std::string(op) + ": no variant for " + isa_name(tier.top()));
}

}  // namespace tessera::compute::kernels
