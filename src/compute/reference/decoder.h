// The decoder of the reference device: tokens and cached keys to logits.
#pragma once

#include <memory>

#include "src/base/thread_pool.h"
#include "src/compute/device.h"

namespace tessera::compute::reference {

/// Unpacks the weights to float32. The pool must outlive the engine and its sessions.
std::unique_ptr<DecoderEngine> make_decoder(std::shared_ptr<const ModelWeights> weights,
                                            base::ThreadPool& pool);

}  // namespace tessera::compute::reference
