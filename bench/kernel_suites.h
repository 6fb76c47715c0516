// Every kernel variant that this machine can run, timed and checked.
#pragma once

#include <string>
#include <vector>

#include "bench/peak.h"
#include "bench/report.h"

namespace tessera::bench {

struct KernelOptions {
  int iterations = 100;  ///< rounds in which every variant has its turn
  std::string isa;       ///< the highest instruction set that may run; empty: all, or $TESSERA_ISA
  int threads = 0;       ///< the most of them; 0: one per core
};

/// tile_attention: one tile of int8, each variant against `scalar` in the same run, with its
/// accuracy against softmax in float64 on made-up activations. With and without packing.
std::vector<Row> run_tile(const KernelOptions& options, PeakTable& peak);

/// Tiles of 16 to 64 queries and 16 to 96 keys.
std::vector<Row> run_tile_sizes(const KernelOptions& options, PeakTable& peak);

/// Many tiles on 1 to all threads: tile-parallel (each tile on one of them) and row-parallel (the
/// queries of each tile spread over them).
std::vector<Row> run_tile_threads(const KernelOptions& options, PeakTable& peak);

/// tile_attention: how far each variant is from softmax attention in float64, on every kind of
/// input in tile_kinds.h. The rows' figures are sizes of errors, in steps of the int8 output.
std::vector<Row> run_tile_accuracy(const KernelOptions& options, PeakTable& peak);

/// The matrix products of Whisper base, on one thread and on all.
std::vector<Row> run_gemm(const KernelOptions& options, PeakTable& peak);

/// Softmax, LayerNorm, GELU, quantisation and Hadamard's transform on Whisper base's shapes, one
/// thread, against the plain loops of the same run.
std::vector<Row> run_rows(const KernelOptions& options, PeakTable& peak);

/// Softmax alone of run_rows.
std::vector<Row> run_softmax(const KernelOptions& options, PeakTable& peak);

/// The log-mel of 3000 frames, every variant, and all of a window's mel stage; one thread.
std::vector<Row> run_mel(const KernelOptions& options, PeakTable& peak);

/// tessera::ops::matmul, which packs and pads, against the bare kernel on packed operands, one
/// thread, on sizes that are no multiples of anything.
std::vector<Row> run_ops(const KernelOptions& options, PeakTable& peak);

/// The plan's own suite: attention 64x64, LayerNorm 256, GELU 512, matmul 16x16; and its four
/// kernels with their accuracy on its own random numbers.
std::vector<Row> run_seed(const KernelOptions& options, PeakTable& peak);

}  // namespace tessera::bench
