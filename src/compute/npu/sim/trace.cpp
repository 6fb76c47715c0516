#include "src/compute/npu/sim/trace.h"

#include <array>
#include <charconv>
#include <string_view>

namespace tessera::compute::npu {
namespace {

void write_string(std::string_view text, std::ostream& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out << '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (code < 0x20) {
      out << "\\u00" << kHex[code >> 4] << kHex[code & 15];
    } else {
      out << c;
    }
  }
  out << '"';
}

/// Cycles as microseconds, the same text in every locale.
void write_microseconds(std::int64_t cycles, double clock_ghz, std::ostream& out) {
  std::array<char, 32> text{};
  const double value = static_cast<double>(cycles) / (clock_ghz * 1e3);
  const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed, 3);
  out.write(text.data(), end.ptr - text.data());
}

}  // namespace

void write_trace(const Trace& trace, double clock_ghz, std::ostream& out) {
  out << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
  const char* separator = "\n";
  for (std::size_t i = 0; i < trace.tracks.size(); ++i) {
    out << separator << R"({"ph":"M","pid":1,"tid":)" << i
        << R"(,"name":"thread_name","args":{"name":)";
    write_string(trace.tracks[i], out);
    out << "}}";
    separator = ",\n";
  }
  for (const TraceEvent& event : trace.events) {
    out << separator << R"({"ph":"X","pid":1,"tid":)" << event.track << R"(,"name":)";
    write_string(trace.names[event.name], out);
    out << ",\"ts\":";
    write_microseconds(event.start_cycle, clock_ghz, out);
    out << ",\"dur\":";
    write_microseconds(event.cycles, clock_ghz, out);
    out << '}';
    separator = ",\n";
  }
  out << "\n]}\n";
}

}  // namespace tessera::compute::npu
