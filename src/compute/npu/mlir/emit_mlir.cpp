#include "src/compute/npu/mlir/emit_mlir.h"

#include <algorithm>
#include <map>
#include <set>

#include "src/compute/npu/mlir/mlir_writer.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

/// AIEDevice::npu1 and ObjectFifoPort of mlir-aie's AIEAttrs.td.
constexpr int kDeviceNpu1 = 4;
constexpr int kPortProduce = 0;
constexpr int kPortConsume = 1;
constexpr const char* kForever = "9223372036854775807";

std::string dims_attribute(const Access& access) {
  if (access.run_bytes == 0) return "[]";
  std::vector<std::string> parts;
  for (const Dim& dim : access.dims) {
    parts.push_back("<size = " + std::to_string(dim.count) +
                    ", stride = " + std::to_string(dim.stride_bytes / kWordBytes) + ">");
  }
  parts.push_back("<size = " + std::to_string(access.run_bytes / kWordBytes) + ", stride = 1>");
  return "[" + listed(parts) + "]";
}

std::string fifo_type(std::int64_t bytes) { return "!aie.objectfifo<" + words_type(bytes) + ">"; }

class Emitter {
 public:
  explicit Emitter(const ArrayPlan& plan) : plan_(plan) {}

  std::string emit() {
    out_.begin_region("builtin.module", {});
    out_.begin_region("aie.device", {});
    for (std::size_t i = 0; i < plan_.kernels.size(); ++i) declare(i);
    emit_tiles();
    for (const Fifo& fifo : plan_.fifos) emit_fifo(fifo);
    for (const Link& link : plan_.links) emit_link(link);
    for (const Core& core : plan_.cores) emit_core(core);
    emit_sequence();
    out_.op("aie.end", {}, {}, {});
    out_.end_region(Attributes().i32("device", kDeviceNpu1).text("sym_name", "main"), {});
    out_.end_region({}, {});
    return out_.take();
  }

 private:
  std::int64_t bytes_of(const Core& core, const Argument& argument) const {
    if (argument.source == Argument::Source::buffer) return core.buffers[argument.index].bytes;
    const Fifo& fifo = plan_.fifos[argument.index];
    return fifo.producer == core.tile ? fifo.object_bytes : fifo.consumer_bytes;
  }

  std::vector<std::string> types_of(const Core& core, const Step& step) const {
    std::vector<std::string> types;
    for (const Argument& argument : step.arguments) {
      types.push_back(words_type(bytes_of(core, argument)));
    }
    types.insert(types.end(), step.scalars.size(), "i32");
    return types;
  }

  /// A kernel's declaration has the types of its calls, which are all alike.
  void declare(std::size_t kernel) {
    std::vector<std::string> types;
    bool called = false;
    for (const Core& core : plan_.cores) {
      for (const Step& step : core.program) {
        if (step.kind != Step::Kind::call || step.index != kernel) continue;
        std::vector<std::string> these = types_of(core, step);
        if (called && these != types) {
          throw Error(ErrorCode::unsupported, "emit_mlir: kernel " + plan_.kernels[kernel].name +
                                                  " is called with (" + listed(types) +
                                                  ") and with (" + listed(these) + ")");
        }
        types = std::move(these);
        called = true;
      }
    }
    if (!called) return;
    out_.begin_region("func.func", {});
    out_.end_region(Attributes()
                        .add("function_type", "(" + listed(types) + ") -> ()")
                        .text("sym_name", plan_.kernels[kernel].name)
                        .text("sym_visibility", "private"),
                    {});
  }

  void emit_tiles() {
    for (const TileUse& use : tile_uses(plan_)) {
      tiles_[use.tile] =
          out_.op("aie.tile", {}, {},
                  Attributes().i32("col", use.tile.column).i32("row", use.tile.row), "index");
    }
    for (std::size_t i = 0; i < plan_.cores.size(); ++i) {
      for (const LocalBuffer& buffer : plan_.cores[i].buffers) {
        const Tile tile = plan_.cores[i].tile;
        const std::string name =
            buffer.name + "_" + std::to_string(tile.column) + "_" + std::to_string(tile.row);
        buffers_[tile].push_back(out_.op("aie.buffer", {tiles_[tile]}, {"index"},
                                         Attributes().text("sym_name", name),
                                         words_type(buffer.bytes)));
      }
    }
  }

  void emit_fifo(const Fifo& fifo) {
    std::vector<std::string> operands = {tiles_[fifo.producer]}, types = {"index"}, from, depths;
    depths.push_back(std::to_string(fifo.producer_depth) + " : i32");
    for (const Tile consumer : fifo.consumers) {
      operands.push_back(tiles_[consumer]);
      types.emplace_back("index");
      from.push_back(dims_attribute(fifo.from_stream));
      depths.push_back(std::to_string(fifo.consumer_depth) + " : i32");
    }
    Attributes attributes;
    attributes.add("dimensionsFromStreamPerConsumer",
                   "#aie<bd_dim_layout_array_array[" + listed(from) + "]>");
    attributes.add("dimensionsToStream",
                   "#aie<bd_dim_layout_array" + dims_attribute(fifo.to_stream) + ">");
    attributes.boolean("disable_synchronization", false);
    attributes.add("elemNumber", "[" + listed(depths) + "]");
    attributes.add("elemType", fifo_type(fifo.object_bytes));
    if (fifo.consumer_bytes != fifo.object_bytes) {
      attributes.add("consumerElemType", fifo_type(fifo.consumer_bytes));
    }
    attributes.boolean("plio", false);
    if (fifo.repeat > 1) attributes.i32("repeat_count", fifo.repeat);
    attributes.text("sym_name", fifo.name);
    attributes.boolean("via_DMA", true);
    out_.op("aie.objectfifo", operands, types, attributes);
  }

  void emit_link(const Link& link) {
    const auto symbols = [&](const std::vector<std::size_t>& fifos) {
      std::vector<std::string> names;
      for (const std::size_t i : fifos) names.push_back("@" + plan_.fifos[i].name);
      return "[" + listed(names) + "]";
    };
    std::vector<std::string> offsets;
    for (const std::int64_t bytes : link.offsets_bytes) {
      offsets.push_back(std::to_string(bytes / kWordBytes));
    }
    const std::string parts = "[" + listed(offsets) + "]";
    const bool join = link.inputs.size() > 1;
    out_.op("aie.objectfifo.link", {}, {},
            Attributes()
                .add("dst_offsets", join ? "[]" : parts)
                .add("fifoIns", symbols(link.inputs))
                .add("fifoOuts", symbols(link.outputs))
                .add("src_offsets", join ? parts : "[]"));
  }

  /// The object files of the kernels that the core calls.
  std::string link_with(const Core& core) const {
    std::set<std::string> objects;
    for (const Step& step : core.program) {
      if (step.kind == Step::Kind::call) objects.insert(plan_.kernels[step.index].object);
    }
    if (objects.empty()) return "";
    return objects.size() == 1 ? *objects.begin() : plan_.name + "_kernels.o";
  }

  void emit_core(const Core& core) {
    out_.begin_region("aie.core", {tiles_[core.tile]}, true);
    held_.clear();
    begin_loop(kForever);
    for (const Step& step : core.program) emit_step(core, step);
    end_loop();
    out_.op("aie.end", {}, {}, {});
    Attributes attributes;
    if (const std::string object = link_with(core); !object.empty()) {
      attributes.text("link_with", object);
    }
    attributes.i32("stack_size", static_cast<std::int64_t>(core.stack_bytes));
    out_.end_region(attributes, {"index"}, "index");
  }

  std::string constant(const std::string& value, const std::string& type) {
    return out_.op("arith.constant", {}, {}, Attributes().add("value", value + " : " + type), type);
  }

  void begin_loop(const std::string& trips) {
    const std::string from = constant("0", "index");
    const std::string to = constant(trips, "index");
    out_.begin_region("scf.for", {from, to, constant("1", "index")});
    out_.block({"index"});
  }
  void end_loop() {
    out_.op("scf.yield", {}, {}, {});
    out_.end_region({}, {"index", "index", "index"});
  }

  Attributes port(const Core& core, const Step& step) const {
    const Fifo& fifo = plan_.fifos[step.index];
    return Attributes()
        .symbol("objFifo_name", fifo.name)
        .i32("port", fifo.producer == core.tile ? kPortProduce : kPortConsume)
        .i32("size", step.count);
  }

  void emit_step(const Core& core, const Step& step) {
    switch (step.kind) {
      case Step::Kind::loop:
        begin_loop(std::to_string(step.count));
        break;
      case Step::Kind::end:
        end_loop();
        break;
      case Step::Kind::acquire:
        emit_acquire(core, step);
        break;
      case Step::Kind::release:
        out_.op("aie.objectfifo.release", {}, {}, port(core, step));
        break;
      case Step::Kind::call:
        emit_call(core, step);
        break;
    }
  }

  void emit_acquire(const Core& core, const Step& step) {
    const std::string type = words_type(bytes_of(core, {Argument::Source::fifo, step.index, 0}));
    const std::string view = out_.op("aie.objectfifo.acquire", {}, {}, port(core, step),
                                     "!aie.objectfifosubview<" + type + ">");
    std::vector<std::string>& objects = held_[step.index];
    objects.clear();
    for (std::int64_t i = 0; i < step.count; ++i) {
      objects.push_back(out_.op("aie.objectfifo.subview.access", {view},
                                {"!aie.objectfifosubview<" + type + ">"},
                                Attributes().i32("index", i), type));
    }
  }

  void emit_call(const Core& core, const Step& step) {
    std::vector<std::string> operands;
    for (const Argument& argument : step.arguments) {
      operands.push_back(argument.source == Argument::Source::buffer
                             ? buffers_[core.tile][argument.index]
                             : held_[argument.index][static_cast<std::size_t>(argument.object)]);
    }
    for (const std::int32_t scalar : step.scalars) {
      operands.push_back(constant(std::to_string(scalar), "i32"));
    }
    out_.op("func.call", operands, types_of(core, step),
            Attributes().symbol("callee", plan_.kernels[step.index].name));
  }

  void emit_sequence() {
    out_.begin_region("aie.runtime_sequence", {});
    std::vector<std::string> types;
    for (const HostBuffer& buffer : plan_.host_buffers) types.push_back(words_type(buffer.bytes));
    const std::vector<std::string> buffers = out_.block(types);
    std::map<Tile, std::int64_t> ids;
    for (const HostStep& step : plan_.sequence) {
      const Fifo& fifo = plan_.fifos[step.fifo];
      if (step.kind == HostStep::Kind::wait) {
        out_.op("aiex.npu.dma_wait", {}, {}, Attributes().symbol("symbol", fifo.name));
        continue;
      }
      const Tile shim = fifo.producer.row == kShimRow ? fifo.producer : fifo.consumers[0];
      // Descriptors by turns: the checker saw that no more are in flight.
      const std::int64_t id = ids[shim]++ % limits_of(TileKind::shim).descriptors;
      emit_transfer(step, fifo, id, buffers[step.buffer], types[step.buffer]);
    }
    out_.end_region(Attributes().text("sym_name", "sequence"), {});
  }

  /// Four sizes, the outermost first.
  void emit_transfer(const HostStep& step, const Fifo& fifo, std::int64_t id,
                     const std::string& buffer, const std::string& type) {
    std::vector<std::int64_t> sizes(3 - step.access.dims.size(), 1);
    std::vector<std::int64_t> strides(3 - step.access.dims.size(), 0);
    for (const Dim& dim : step.access.dims) {
      sizes.push_back(dim.count);
      strides.push_back(dim.stride_bytes / kWordBytes);
    }
    sizes.push_back(step.access.run_bytes / kWordBytes);
    strides.push_back(1);
    Attributes attributes;
    attributes.i64("id", id);
    if (step.token) attributes.boolean("issue_token", true);
    attributes.symbol("metadata", fifo.name);
    attributes.add("operandSegmentSizes", "array<i32: 1, 0, 0, 0>");
    attributes.i64_array("static_offsets", {0, 0, 0, step.access.offset_bytes / kWordBytes});
    attributes.i64_array("static_sizes", sizes);
    attributes.i64_array("static_strides", strides);
    out_.op("aiex.npu.dma_memcpy_nd", {buffer}, {type}, attributes);
  }

  const ArrayPlan& plan_;
  MlirWriter out_;
  std::map<Tile, std::string> tiles_;
  std::map<Tile, std::vector<std::string>> buffers_;
  std::map<std::size_t, std::vector<std::string>> held_;  ///< by fifo: the objects acquired
};

}  // namespace

std::string emit_mlir(const ArrayPlan& plan) {
  require_valid(plan);
  return Emitter(plan).emit();
}

}  // namespace tessera::compute::npu
