// See fake_xrt.h.
#pragma once

#include "plugins/npu_xrt/fake_xrt/fake_xrt.h"
