#include "src/compute/kernel_info.h"

#include "src/compute/kernels/registry.h"

namespace tessera::compute {

std::vector<KernelInfo> describe_kernels(std::string_view isa) {
  using namespace kernels;  // NOLINT: its names are what this function is about
  const IsaTier tier = isa.empty() ? IsaTier::from_environment() : IsaTier::parse(isa);
  std::vector<KernelInfo> described;
  for (const Kernel& kernel : all_kernels()) {
    KernelInfo info;
    info.op = kernel.op;
    info.variant = kernel.name;
    info.isa = isa_name(kernel.isa);
    info.available = tier.allows(kernel.isa);
    info.selected = &select(kernel.op, tier) == &kernel;
    info.exact_with = kernel.exact_with;
    info.description = kernel.description;
    described.push_back(std::move(info));
  }
  return described;
}

}  // namespace tessera::compute
