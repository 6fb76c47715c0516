// text_of(ArrayPlan): a plan for people to read.
#include <sstream>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {
namespace {

void print(std::ostream& out, const Access& access) {
  if (access.run_bytes == 0) {
    out << "in order";
    return;
  }
  out << "from " << access.offset_bytes << ": ";
  for (const Dim& dim : access.dims) out << dim.count << " every " << dim.stride_bytes << ", ";
  out << access.run_bytes << " bytes";
}

void print(std::ostream& out, const Fifo& fifo) {
  out << "fifo " << fifo.name << ": " << name_of(fifo.producer) << " " << fifo.producer_depth
      << " x " << fifo.object_bytes << " ->";
  for (const Tile tile : fifo.consumers) out << ' ' << name_of(tile);
  out << ' ' << fifo.consumer_depth << " x " << fifo.consumer_bytes;
  if (fifo.repeat > 1) out << ", each " << fifo.repeat << " times";
  if (fifo.to_stream.run_bytes > 0) print(out << ", read ", fifo.to_stream);
  if (fifo.from_stream.run_bytes > 0) print(out << ", written ", fifo.from_stream);
  out << '\n';
}

void print(std::ostream& out, const ArrayPlan& plan, const Link& link) {
  out << "link";
  for (const std::size_t i : link.inputs) out << ' ' << plan.fifos[i].name;
  out << " ->";
  for (const std::size_t i : link.outputs) out << ' ' << plan.fifos[i].name;
  if (!link.offsets_bytes.empty()) out << " at";
  for (const std::int64_t offset : link.offsets_bytes) out << ' ' << offset;
  out << '\n';
}

void print_call(std::ostream& out, const ArrayPlan& plan, const Core& core, const Step& step) {
  out << plan.kernels[step.index].name << '(';
  const char* separator = "";
  for (const Argument& argument : step.arguments) {
    out << separator;
    if (argument.source == Argument::Source::buffer) {
      out << core.buffers[argument.index].name;
    } else {
      out << plan.fifos[argument.index].name << '[' << argument.object << ']';
    }
    separator = ", ";
  }
  for (const std::int32_t scalar : step.scalars) {
    out << separator << scalar;
    separator = ", ";
  }
  out << ")\n";
}

void print(std::ostream& out, const ArrayPlan& plan, const Core& core) {
  out << name_of(core.tile) << ": stack " << core.stack_bytes;
  for (const LocalBuffer& buffer : core.buffers) out << ", " << buffer.name << ' ' << buffer.bytes;
  out << '\n';
  std::string indent = "  ";
  for (const Step& step : core.program) {
    if (step.kind == Step::Kind::end) {
      if (indent.size() > 2) indent.resize(indent.size() - 2);
      continue;
    }
    out << indent;
    switch (step.kind) {
      case Step::Kind::loop:
        out << step.count << " times:\n";
        indent += "  ";
        break;
      case Step::Kind::acquire:
        out << "acquire " << step.count << " of " << plan.fifos[step.index].name << '\n';
        break;
      case Step::Kind::release:
        out << "release " << step.count << " of " << plan.fifos[step.index].name << '\n';
        break;
      case Step::Kind::call:
        print_call(out, plan, core, step);
        break;
      case Step::Kind::end:
        break;
    }
  }
}

void print(std::ostream& out, const ArrayPlan& plan, const HostStep& step) {
  const Fifo& fifo = plan.fifos[step.fifo];
  if (step.kind == HostStep::Kind::wait) {
    out << "wait for " << fifo.name << '\n';
    return;
  }
  const bool sends = fifo.producer.row == kShimRow;
  out << (sends ? "send " : "fetch ") << plan.host_buffers[step.buffer].name
      << (sends ? " to " : " from ") << fifo.name << ", ";
  print(out, step.access);
  out << (step.token ? ", token\n" : "\n");
}

}  // namespace

std::string text_of(const ArrayPlan& plan) {
  std::ostringstream out;
  out << "plan " << plan.name << ", " << plan.launches << " launches\n";
  for (const HostBuffer& buffer : plan.host_buffers) {
    out << "host buffer " << buffer.name << ": " << buffer.bytes << " bytes";
    if (buffer.launch_stride_bytes != 0) out << ", " << buffer.launch_stride_bytes << " per launch";
    out << '\n';
  }
  for (const Fifo& fifo : plan.fifos) print(out, fifo);
  for (const Link& link : plan.links) print(out, plan, link);
  for (const Core& core : plan.cores) print(out, plan, core);
  std::size_t stage = 0;
  for (std::size_t i = 0; i < plan.sequence.size(); ++i) {
    for (; stage < plan.stages.size() && plan.stages[stage].first == i; ++stage) {
      out << "stage " << plan.stages[stage].name << '\n';
    }
    print(out, plan, plan.sequence[i]);
  }
  return out.str();
}

}  // namespace tessera::compute::npu
