// The kernels of this build as the public interface lists them.
#pragma once

#include <string_view>
#include <vector>

#include "tessera/info.h"

namespace tessera::compute {

/// See tessera::list_kernels. Without a name $TESSERA_ISA counts.
std::vector<KernelInfo> describe_kernels(std::string_view isa);

}  // namespace tessera::compute
