// What runs on the array, as plain data: which core calls which kernels, how objects travel between
// tiles, and what the host sends and fetches. The simulator executes it, emit_mlir prints it for
// AMD's tools, both read the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/compute/npu/plan/access.h"
#include "src/compute/npu/plan/array_device.h"
#include "src/compute/npu/plan/core_kernel.h"

namespace tessera::compute::npu {

/// Objects on their way from one tile to others over one DMA channel at each end: MLIR-AIE's object
/// fifo. Producer and consumers hold their own buffers; each object is taken by every consumer.
struct Fifo {
  std::string name;
  Tile producer;
  std::vector<Tile> consumers;
  std::int64_t object_bytes = 0;    ///< what the producer fills at a time
  std::int64_t consumer_bytes = 0;  ///< what a consumer takes at a time; one divides the other
  std::int64_t producer_depth = 2;  ///< objects that the producer has room for
  std::int64_t consumer_depth = 2;  ///< objects that each consumer has room for
  Access to_stream;                 ///< how an object is read; no run: in order
  Access from_stream;               ///< how consumers write theirs; no run: in order
  std::int64_t repeat = 1;          ///< how often each object is sent; memory tiles only
};

/// Fifos that meet in a memory tile and share its buffers: one to one forwards, one to many splits
/// each object, many to one join parts of an object.
struct Link {
  std::vector<std::size_t> inputs;          ///< fifos that end in the memory tile
  std::vector<std::size_t> outputs;         ///< fifos that begin there
  std::vector<std::int64_t> offsets_bytes;  ///< of each part in the object; empty: all of it
};

/// A buffer of a core, which keeps its contents from call to call and from launch to launch.
struct LocalBuffer {
  std::string name;
  std::int64_t bytes = 0;
};

/// What a kernel is called with: an object that the core holds, or a buffer of its own.
struct Argument {
  enum class Source { fifo, buffer };
  Source source = Source::fifo;
  std::size_t index = 0;    ///< of the fifo, or of the core's buffer
  std::int64_t object = 0;  ///< of a fifo: 0 is the object held longest

  friend bool operator==(const Argument&, const Argument&) = default;
};

/// One step of a core's program; loops enclose the steps up to their `end`.
struct Step {
  enum class Kind { loop, end, acquire, release, call };
  Kind kind = Kind::end;
  std::size_t index = 0;              ///< acquire, release: the fifo; call: the kernel
  std::int64_t count = 1;             ///< loop: trips; acquire, release: objects
  std::vector<Argument> arguments;    ///< call
  std::vector<std::int32_t> scalars;  ///< call
};

/// A core and its program, which begins anew when it ends.
struct Core {
  Tile tile;
  std::vector<LocalBuffer> buffers;
  std::size_t stack_bytes = 0;
  std::vector<Step> program;
};

/// Memory of the host that the array reads or writes.
struct HostBuffer {
  std::string name;
  std::int64_t bytes = 0;
  std::int64_t launch_stride_bytes = 0;  ///< added to every offset from launch to launch
};

/// One step of a launch's instruction stream.
struct HostStep {
  enum class Kind { transfer, wait };
  Kind kind = Kind::transfer;
  std::size_t fifo = 0;    ///< transfer: begins or ends in a shim; wait: for its next token
  std::size_t buffer = 0;  ///< transfer: the host's buffer
  Access access;           ///< transfer: a fourth dimension is the shim's iteration
  bool token = false;      ///< transfer: tells of its completion
};

/// A part of the sequence that people have a name for.
struct Stage {
  std::string name;
  std::size_t first = 0;  ///< step; up to the next stage's
};

/// All of it.
struct ArrayPlan {
  std::string name;
  std::vector<CoreKernel> kernels;
  std::vector<Fifo> fifos;
  std::vector<Link> links;
  std::vector<Core> cores;
  std::vector<HostBuffer> host_buffers;
  std::vector<HostStep> sequence;  ///< of one launch
  std::vector<Stage> stages;       ///< of the sequence, in order; may be none
  std::int64_t launches = 1;
};

/// What an object is read or written by: the access of the fifo, or all of it in order.
Access producer_access(const Fifo& fifo);
Access consumer_access(const Fifo& fifo);

/// Bytes that travel at a time: the smaller of the two ends' objects.
std::int64_t piece_bytes(const Fifo& fifo);

/// Index of what has that name; throws Error{bad_argument} if there is none.
std::size_t fifo_index(const ArrayPlan& plan, const std::string& name);
std::size_t host_buffer_index(const ArrayPlan& plan, const std::string& name);

/// A tile's part of the plan, for the checker and for drawings.
struct TileUse {
  Tile tile;
  std::int64_t memory_bytes = 0;  ///< objects, buffers and stack
  std::size_t program_bytes = 0;  ///< kernels and what calls them
  int locks = 0;
  int descriptors = 0;
  std::vector<std::size_t> inputs;  ///< fifos by channel, 0 first
  std::vector<std::size_t> outputs;
  std::vector<int> input_descriptors;  ///< of each of these channels
  std::vector<int> output_descriptors;
};

/// Every tile that the plan uses, by column and row. Shims' descriptors are the host's: none here.
std::vector<TileUse> tile_uses(const ArrayPlan& plan);

/// The plan in words, one line per fifo, link, core step and host step.
std::string text_of(const ArrayPlan& plan);

}  // namespace tessera::compute::npu
