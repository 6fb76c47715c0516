#include "src/compute/npu/report/array_drawing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "src/compute/npu/report/text_parts.h"

namespace tessera::compute::npu {
namespace {

constexpr double kTileWidth = 176, kTileHeight = 104, kMemtileHeight = 80, kShimHeight = 44;
constexpr double kGapX = 64, kGapY = 34;  ///< room for wires
constexpr double kLeft = 40, kTop = 16;
constexpr double kInset = 10;
constexpr double kBarWidth = kTileWidth - 2 * kInset;
constexpr double kWireStep = 7;  ///< between wires that run side by side

double x_of(int column) { return kLeft + kGapX + column * (kTileWidth + kGapX); }
double height_of(int row) {
  return row == kShimRow ? kShimHeight : row == kMemtileRow ? kMemtileHeight : kTileHeight;
}
/// The uppermost row is the last one.
double y_of(int row) {
  double y = kTop;
  for (int above = kRows - 1; above > row; --above) y += height_of(above) + kGapY;
  return y;
}

std::string number(double value) { return fixed(value, 1); }

std::string rect(double x, double y, double width, double height, const std::string& style) {
  return "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) +
         "\" height=\"" + number(height) + "\" " + style + "/>";
}

std::string text_at(double x, double y, const std::string& text, const std::string& style) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + style + ">" + escaped(text) +
         "</text>";
}

/// A bar that is filled up to a share.
std::string bar(double x, double y, double share, const char* kind) {
  return rect(x, y, kBarWidth, 6, "rx=\"3\" class=\"track\"") +
         rect(x, y, kBarWidth * std::clamp(share, 0.0, 1.0), 6,
              std::string("rx=\"3\" class=\"fill ") + kind + "\"");
}

/// A line of text over a bar.
std::string gauge(double x, double y, const std::string& text, double share, const char* kind) {
  return text_at(x, y, text, "class=\"small\"") + bar(x, y + 4, share, kind) + "\n";
}

double share_of(std::int64_t bytes, std::size_t room) {
  return static_cast<double>(bytes) / static_cast<double>(room);
}

/// All there is to say of a tile, for whoever points at it.
std::string tooltip(const PlanReport& report, const TileReport& tile) {
  std::string text = name_of(tile.use.tile);
  for (const MemoryPart& part : tile.parts) {
    text += "\n" + part.name + ": " + grouped(part.bytes) + " bytes";
  }
  const TileLimits& limits = limits_of(kind_of(tile.use.tile));
  text += "\nlocks " + std::to_string(tile.use.locks) + " of " + std::to_string(limits.locks) +
          ", descriptors " + std::to_string(tile.use.descriptors) + " of " +
          std::to_string(limits.descriptors);
  const auto list = [&](const char* title, const std::vector<std::size_t>& fifos) {
    for (const std::size_t fifo : fifos) text += "\n" + (title + report.plan.fifos[fifo].name);
  };
  list("in: ", tile.use.inputs);
  list("out: ", tile.use.outputs);
  return "<title>" + escaped(text) + "</title>";
}

std::string draw_tile(const PlanReport& report, const TileReport& tile) {
  const Tile at = tile.use.tile;
  const TileKind kind = kind_of(at);
  const double x = x_of(at.column), y = y_of(at.row), left = x + kInset;
  const char* name = kind == TileKind::core      ? "core"
                     : kind == TileKind::memtile ? "memtile"
                                                 : "shim";
  std::string svg = "<g>" + tooltip(report, tile) +
                    rect(x, y, kTileWidth, height_of(at.row),
                         std::string("rx=\"8\" class=\"tile ") + name + "\"") +
                    text_at(left, y + 19, name_of(at), "class=\"name\"") + "\n";
  const std::size_t room = limits_of(kind).memory;
  if (kind == TileKind::shim) {
    svg += text_at(left, y + 35, "to and from host memory", "class=\"small\"");
  } else {
    svg += gauge(left, y + 37,
                 "memory " + kilobytes(tile.use.memory_bytes) + " of " +
                     kilobytes(static_cast<std::int64_t>(room)),
                 share_of(tile.use.memory_bytes, room), "memory");
  }
  if (kind == TileKind::memtile) {
    const std::size_t in = tile.use.inputs.size(), out = tile.use.outputs.size();
    const auto channels = static_cast<std::size_t>(limits_of(kind).channels);
    svg += gauge(left, y + 60,
                 std::to_string(in) + " channels in, " + std::to_string(out) + " out, of " +
                     std::to_string(channels),
                 share_of(static_cast<std::int64_t>(std::max(in, out)), channels), "program");
  }
  if (kind == TileKind::core) {
    const auto program = static_cast<std::int64_t>(tile.use.program_bytes);
    svg += gauge(left, y + 60, "program " + kilobytes(program) + " of " + kilobytes(kProgramBytes),
                 share_of(program, kProgramBytes), "program");
    svg += gauge(left, y + 83, "computes " + percent(tile.computes) + " of the time", tile.computes,
                 "time");
  }
  return svg + "</g>\n";
}

/// What a fifo is for tells how it is drawn.
enum class Way { in, along_row, up_column, back, out };

Way way_of(const Fifo& fifo) {
  if (fifo.producer.row == kShimRow) return Way::in;
  if (fifo.consumers[0].row == kShimRow) return Way::out;
  if (kind_of(fifo.producer) == TileKind::core) return Way::back;
  const bool one_column = std::all_of(fifo.consumers.begin(), fifo.consumers.end(),
                                      [&](Tile t) { return t.column == fifo.producer.column; });
  return one_column ? Way::up_column : Way::along_row;
}

const char* class_of(Way way) {
  constexpr std::array kClasses = {"in", "row", "column", "back", "out"};
  return kClasses[static_cast<std::size_t>(way)];
}

/// Wires run in the gaps: left of a column upwards, right of it downwards, under a row sideways.
class Wires {
 public:
  explicit Wires(const ArrayPlan& plan) : plan_(plan) {}

  std::string draw() {
    std::string svg;
    for (const Fifo& fifo : plan_.fifos) svg += draw_fifo(fifo);
    return svg;
  }

 private:
  /// The next free place in a gap beside a column or under a row.
  double next(std::vector<int>& taken, int index) {
    taken.resize(kRows + kColumns, 0);
    return kWireStep * (1 + taken[static_cast<std::size_t>(index)]++);
  }

  std::string path(const Fifo& fifo, Way way, const std::string& lines) const {
    std::string consumers;
    for (const Tile tile : fifo.consumers)
      consumers += (consumers.empty() ? "" : ", ") + name_of(tile);
    return "<path class=\"wire " + std::string(class_of(way)) + "\" d=\"" + lines + "\"><title>" +
           escaped(fifo.name + ": " + name_of(fifo.producer) + " to " + consumers + "\n" +
                   grouped(fifo.object_bytes) + " bytes at a time") +
           "</title></path>\n";
  }

  static std::string move(double x, double y) { return "M" + number(x) + " " + number(y); }
  static std::string line(double x, double y) { return "L" + number(x) + " " + number(y); }

  std::string draw_fifo(const Fifo& fifo) {
    const Way way = way_of(fifo);
    const Tile from = fifo.producer, to = fifo.consumers[0];
    switch (way) {
      case Way::in: {
        const double x = x_of(from.column) + 24 + next(in_, from.column) * 3;
        return path(fifo, way, move(x, y_of(from.row)) + line(x, y_of(to.row) + height_of(to.row)));
      }
      case Way::out: {
        const double x = x_of(from.column) + kTileWidth - 24 - next(out_, from.column);
        return path(fifo, way,
                    move(x, y_of(from.row) + height_of(from.row)) + line(x, y_of(to.row)));
      }
      case Way::up_column:
        return draw_column(fifo, x_of(from.column) - 6 - next(left_, from.column), false);
      case Way::back:
        return draw_column(fifo, x_of(from.column) + kTileWidth + 6 + next(right_, from.column),
                           true);
      case Way::along_row:
        return draw_row(fifo);
    }
    return "";
  }

  /// A trunk beside a column, with a branch to each end.
  std::string draw_column(const Fifo& fifo, double x, bool right) {
    const auto edge = [&](Tile tile) { return x_of(tile.column) + (right ? kTileWidth : 0); };
    const auto middle = [&](Tile tile) {
      return y_of(tile.row) + height_of(tile.row) / 2 + (tile == fifo.producer ? 8 : -4);
    };
    std::string lines;
    for (const Tile tile : fifo.consumers) {
      lines += move(edge(fifo.producer), middle(fifo.producer)) + line(x, middle(fifo.producer)) +
               line(x, middle(tile)) + line(edge(tile), middle(tile));
    }
    return path(fifo, Way(right ? Way::back : Way::up_column), lines);
  }

  /// A trunk up to the gap under the row, along it, and a branch up into each tile.
  std::string draw_row(const Fifo& fifo) {
    const Tile from = fifo.producer;
    const int row = fifo.consumers[0].row;
    const double trunk = x_of(from.column) - 6 - next(left_, from.column);
    const double y = y_of(row) + height_of(row) + 6 + next(under_, row);
    std::string lines = move(x_of(from.column), y_of(from.row) + 20) +
                        line(trunk, y_of(from.row) + 20) + line(trunk, y);
    for (const Tile tile : fifo.consumers) {
      const double x = x_of(tile.column) + 20;
      lines += move(trunk, y) + line(x, y) + line(x, y_of(row) + height_of(row));
    }
    return path(fifo, Way::along_row, lines);
  }

  const ArrayPlan& plan_;
  std::vector<int> left_, right_, under_, in_, out_;
};

}  // namespace

std::string array_svg(const PlanReport& report) {
  const double width = x_of(kColumns - 1) + kTileWidth + kGapX;
  const double height = y_of(kShimRow) + kShimHeight + 16;
  std::string svg = "<svg class=\"array\" viewBox=\"0 0 " + number(width) + " " + number(height) +
                    "\" width=\"100%\" role=\"img\" aria-label=\"The array\">\n";
  svg += Wires(report.plan).draw();
  for (const TileReport& tile : report.tiles) svg += draw_tile(report, tile);
  return svg + "</svg>\n";
}

}  // namespace tessera::compute::npu
