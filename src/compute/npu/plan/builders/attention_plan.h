// Attention of all heads on all sixteen cores, a head per column.
#pragma once

#include <cstdint>

#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/plan/builders/gemm_plan.h"

namespace tessera::compute::npu {

/// What a core takes at a time: `rows` queries against as many keys of d_head elements.
struct AttentionShape {
  std::int64_t heads = 8;
  std::int64_t queries = 1500;
  std::int64_t keys = 1500;
  std::int64_t d_head = 64;
  std::int64_t element_bytes = 1;
  std::int64_t query_rows = 64;  ///< of a query block
  std::int64_t key_rows = 64;    ///< of a key block
  Blocks q{4, 8}, kv{8, 8}, o{4, 8};
};

/// begin(state...), step(q, k and v, state..., valid keys), finish(state..., o): attention with a
/// running maximum and sum (FlashAttention). The state's buffers are what `begin` takes. K comes
/// before V in one object; the valid keys of a block are its first.
struct AttentionKernels {
  CoreKernel begin;
  CoreKernel step;
  CoreKernel finish;
};

/// Where a column's memory tile has K and V of its head: twice, so that the next head's come while
/// this one's are used; once; or only a block at a time, sent again for every round of queries.
enum class KeyPlace { twice, once, streamed };

/// Head h belongs to column h % 4. Its cores take query blocks by turns; K and V lie in the memory
/// tile and go to all four, packed as one object because a core has two channels for what comes in.
/// Host buffers: "qkv", rows of Q, K and V of all heads each, and "out", rows of all heads; as many
/// rows as padded_rows() says.
/// Takes the first place for K and V that check_plan accepts; throws Error{bad_argument} with the
/// last place's breach if there is none, and for sizes below 1.
ArrayPlan attention_plan(const AttentionShape& shape, const AttentionKernels& kernels);
ArrayPlan attention_plan(const AttentionShape& shape, const AttentionKernels& kernels,
                         KeyPlace place);

/// Rows of the host's buffers: whole rounds of queries, whole blocks of keys.
std::int64_t padded_rows(const AttentionShape& shape);

}  // namespace tessera::compute::npu
