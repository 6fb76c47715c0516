// The rules of descriptors, fifos and links.
#include <algorithm>
#include <set>

#include "src/compute/npu/plan/check/check_parts.h"

namespace tessera::compute::npu {
namespace {

std::string bytes_text(std::int64_t bytes) { return std::to_string(bytes) + " bytes"; }

void check_words(std::int64_t bytes, const std::string& where, const char* what,
                 Breaches& breaches) {
  if (bytes % kWordBytes == 0) return;
  breaches.add("words",
               where + ": " + what + " of " + bytes_text(bytes) + "; a DMA moves words of 4 bytes");
}

/// How an end of a fifo walks through its object.
void check_end(const Access& access, std::int64_t object_bytes, Tile tile, const std::string& where,
               Breaches& breaches) {
  if (access.run_bytes == 0) {
    if (object_bytes > 0) check_access(linear_access(object_bytes), kind_of(tile), where, breaches);
    return;
  }
  if (tile.row == kShimRow) {
    breaches.add("shim",
                 where + ": a shim has no objects to reorder; the transfer's access does it");
    return;
  }
  check_access(access, kind_of(tile), where, breaches);
  if (access.stream_bytes() != object_bytes) {
    breaches.add("object", where + ": the access moves " + bytes_text(access.stream_bytes()) +
                               ", the object has " + bytes_text(object_bytes));
  }
}

void check_sizes(const Fifo& fifo, const std::string& where, Breaches& breaches) {
  if (fifo.object_bytes <= 0 || fifo.consumer_bytes <= 0) {
    breaches.add("object", where + ": objects of " + bytes_text(fifo.object_bytes) + " and " +
                               bytes_text(fifo.consumer_bytes) + "; at least a word is wanted");
    return;
  }
  check_words(fifo.object_bytes, where, "objects", breaches);
  check_words(fifo.consumer_bytes, where, "objects", breaches);
  const std::int64_t larger = std::max(fifo.object_bytes, fifo.consumer_bytes);
  if (larger % std::min(fifo.object_bytes, fifo.consumer_bytes) != 0) {
    breaches.add("object", where + ": objects of " + bytes_text(fifo.object_bytes) +
                               " cannot be taken as " + bytes_text(fifo.consumer_bytes));
  }
  if (fifo.producer_depth < 1 || fifo.consumer_depth < 1) {
    breaches.add("depth", where + ": a depth of at least 1 is wanted");
  }
}

void check_route(const Fifo& fifo, const std::string& where, Breaches& breaches) {
  std::set<Tile> tiles(fifo.consumers.begin(), fifo.consumers.end());
  if (tiles.size() != fifo.consumers.size() || tiles.count(fifo.producer) > 0) {
    breaches.add("fifo", where + " comes to the same tile twice");
  }
  const bool from_shim = fifo.producer.row == kShimRow;
  if (from_shim && fifo.consumers.size() > kShimBroadcast) {
    breaches.add("broadcast", where + " goes from " + name_of(fifo.producer) + " to " +
                                  std::to_string(fifo.consumers.size()) + " tiles, at most " +
                                  std::to_string(kShimBroadcast) +
                                  "; send it through memory tiles");
  }
  for (const Tile consumer : fifo.consumers) {
    if (consumer.row != kShimRow) continue;
    if (from_shim || fifo.consumers.size() > 1) {
      breaches.add("shim", where + ": a shim takes a fifo of a core or memory tile alone");
    }
  }
  if (fifo.consumers.size() > 1 && std::any_of(fifo.consumers.begin(), fifo.consumers.end(),
                                               [](Tile tile) { return tile.row == kMemtileRow; })) {
    breaches.add("broadcast", where + ": memory tiles do not take part in broadcasts here");
  }
}

void check_repeat(const Fifo& fifo, const std::string& where, Breaches& breaches) {
  if (fifo.repeat < 1) breaches.add("repeat", where + ": a repeat of at least 1 is wanted");
  if (fifo.repeat > 1 && fifo.producer.row != kMemtileRow) {
    breaches.add("repeat", where + " repeats its objects; only a memory tile can");
  }
}

void check_fifo(const Fifo& fifo, Breaches& breaches) {
  const std::string where = "fifo " + fifo.name;
  check_sizes(fifo, where, breaches);
  check_route(fifo, where, breaches);
  check_repeat(fifo, where, breaches);
  check_end(fifo.to_stream, fifo.object_bytes, fifo.producer,
            where + " in " + name_of(fifo.producer), breaches);
  const Tile consumer = fifo.consumers[0];  // all of them have the same access
  check_end(fifo.from_stream, fifo.consumer_bytes, consumer, where + " in " + name_of(consumer),
            breaches);
}

/// The parts of a split or join lie side by side in the object, each in its place.
void check_parts(const ArrayPlan& plan, const Link& link, const std::string& where,
                 Breaches& breaches) {
  const bool join = link.inputs.size() > 1;
  const auto& parts = join ? link.inputs : link.outputs;
  const std::int64_t object =
      join ? plan.fifos[link.outputs[0]].object_bytes : plan.fifos[link.inputs[0]].consumer_bytes;
  if (parts.size() == 1) {
    const std::int64_t out = plan.fifos[link.outputs[0]].object_bytes;
    if (out != object) {
      breaches.add("link", where + ": " + bytes_text(object) + " come in and " + bytes_text(out) +
                               " go out");
    }
    return;
  }
  if (link.offsets_bytes.size() != parts.size()) {
    breaches.add("link", where + " has " + std::to_string(parts.size()) + " parts and " +
                             std::to_string(link.offsets_bytes.size()) + " offsets");
    return;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Fifo& fifo = plan.fifos[parts[i]];
    const Access access = join ? consumer_access(fifo) : producer_access(fifo);
    check_words(link.offsets_bytes[i], where, "an offset", breaches);
    if (link.offsets_bytes[i] < 0 || link.offsets_bytes[i] + access.end_bytes() > object) {
      breaches.add("link", where + ": fifo " + fifo.name + " ends at byte " +
                               std::to_string(link.offsets_bytes[i] + access.end_bytes()) +
                               " of an object of " + bytes_text(object));
    }
  }
}

void check_link(const ArrayPlan& plan, const Link& link, std::size_t index, Breaches& breaches) {
  std::string where = "link " + std::to_string(index);
  if (link.inputs.empty() || link.outputs.empty()) {
    breaches.add("link", where + " needs an input and an output");
    return;
  }
  const Tile tile = plan.fifos[link.outputs[0]].producer;
  where += " in " + name_of(tile);
  if (link.inputs.size() > 1 && link.outputs.size() > 1) {
    breaches.add("link", where + " splits and joins at once");
  }
  bool meets = tile.row == kMemtileRow;
  for (const std::size_t i : link.inputs) meets = meets && plan.fifos[i].consumers[0] == tile;
  for (const std::size_t i : link.outputs) meets = meets && plan.fifos[i].producer == tile;
  if (!meets) {
    breaches.add("link", where + ": its fifos do not meet in one memory tile");
    return;
  }
  check_parts(plan, link, where, breaches);
}

}  // namespace

void check_access(const Access& access, TileKind kind, const std::string& where,
                  Breaches& breaches) {
  const TileLimits& limits = limits_of(kind);
  check_words(access.run_bytes, where, "a run", breaches);
  check_words(access.offset_bytes, where, "an offset", breaches);
  const std::size_t iteration = kind == TileKind::shim ? 1 : 0;
  breaches.at_most("dims", where, "dimensions", static_cast<std::int64_t>(access.dims.size()) + 1,
                   limits.dims + static_cast<int>(iteration));
  breaches.at_most("length", where, "words in one transfer", access.stream_bytes() / kWordBytes,
                   limits.words);
  if (access.run_bytes <= 0 || access.offset_bytes < 0) {
    breaches.add("object", where + ": a run of " + bytes_text(access.run_bytes) + " at byte " +
                               std::to_string(access.offset_bytes));
  }
  if (access.linear()) return;
  breaches.at_most("wrap", where, "words in its innermost dimension", access.run_bytes / kWordBytes,
                   limits.wrap);
  for (std::size_t i = 0; i < access.dims.size(); ++i) {
    const Dim& dim = access.dims[i];
    const bool iterates =
        iteration == 1 && i == 0 && access.dims.size() == static_cast<std::size_t>(limits.dims);
    check_words(dim.stride_bytes, where, "a stride", breaches);
    breaches.at_most("wrap", where, iterates ? "iterations" : "steps in a dimension", dim.count,
                     iterates ? kShimIterations : limits.wrap);
    if (dim.count < 1)
      breaches.add("wrap", where + ": a dimension of " + std::to_string(dim.count));
    if (dim.stride_bytes < 0 || (dim.stride_bytes == 0 && dim.count > 1 && !iterates)) {
      breaches.add("stride", where + ": a stride of " + bytes_text(dim.stride_bytes) +
                                 "; only a shim's iteration can stand still");
    }
    if (dim.count > 1) {
      breaches.at_most("stride", where, "words of stride", dim.stride_bytes / kWordBytes,
                       limits.stride);
    }
  }
}

void check_fifos(const ArrayPlan& plan, Breaches& breaches) {
  for (const Fifo& fifo : plan.fifos) check_fifo(fifo, breaches);
}

void check_links(const ArrayPlan& plan, Breaches& breaches) {
  std::vector<int> ins(plan.fifos.size(), 0), outs(plan.fifos.size(), 0);
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    check_link(plan, plan.links[i], i, breaches);
    for (const std::size_t f : plan.links[i].inputs) ++ins[f];
    for (const std::size_t f : plan.links[i].outputs) ++outs[f];
  }
  for (std::size_t f = 0; f < plan.fifos.size(); ++f) {
    const Fifo& fifo = plan.fifos[f];
    const bool ends = fifo.consumers[0].row == kMemtileRow;
    const bool begins = fifo.producer.row == kMemtileRow;
    if ((ends && ins[f] != 1) || (begins && outs[f] != 1)) {
      breaches.add("link", "fifo " + fifo.name + " ends or begins in a memory tile in " +
                               std::to_string(ends ? ins[f] : outs[f]) + " links; 1 is wanted");
    }
  }
}

}  // namespace tessera::compute::npu
