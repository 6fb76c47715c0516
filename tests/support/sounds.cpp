#include "tests/support/sounds.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/whisper/audio.h"
#include "tests/support/golden.h"

namespace tessera::testing_support {
namespace {

using Wide = std::vector<std::int64_t>;

/// A triangle wave that rises from 0 to `amplitude` in a quarter of its period.
std::int64_t triangle(std::int64_t position, std::int64_t period, std::int64_t amplitude) {
  const std::int64_t rise = 4 * amplitude * (position % period) / period;
  if (rise < amplitude) return rise;
  if (rise < 3 * amplitude) return 2 * amplitude - rise;
  return rise - 4 * amplitude;
}

void add_chord(Wide& out, const nlohmann::json& periods, std::int64_t length, std::int64_t peak) {
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t fading = peak * (length - i) / length;
    std::int64_t sum = 0;
    for (const auto& period : periods) sum += triangle(i, period.get<std::int64_t>(), fading);
    out.push_back(sum);
  }
}

Wide noise(std::int64_t length, std::uint32_t seed, std::int64_t peak) {
  Wide out;
  std::uint32_t x = seed;
  for (std::int64_t i = 0; i < length; ++i) {
    x = x * 1664525u + 1013904223u;
    out.push_back((static_cast<std::int64_t>(x >> 16) * (2 * peak + 1) >> 16) - peak);
  }
  return out;
}

Wide widened(const Samples& samples) { return {samples.begin(), samples.end()}; }

}  // namespace

Sounds::Sounds(const std::filesystem::path& recipes, Find find) : find_(std::move(find)) {
  const nlohmann::json all = read_golden(recipes);
  for (const auto& sound : all.at("sounds")) {
    recipes_[sound.at("name").get<std::string>()] = sound.at("pieces");
  }
}

const Samples& Sounds::samples(const std::string& name) {
  const auto made = made_.find(name);
  if (made != made_.end()) return made->second;
  const auto recipe = recipes_.find(name);
  Samples samples = recipe == recipes_.end() ? recording(name) : joined(recipe->second);
  return made_.emplace(name, std::move(samples)).first->second;
}

Samples Sounds::recording(const std::string& name) const {
  whisper::AudioStream audio = whisper::AudioStream::open_file(find_(name).string());
  Samples samples;
  std::array<float, 4096> chunk;
  while (const std::size_t count = audio.read(chunk)) {
    for (std::size_t i = 0; i < count; ++i) {
      samples.push_back(static_cast<std::int16_t>(std::lrint(chunk[i] * 32768.0f)));
    }
  }
  return samples;
}

Samples Sounds::joined(const nlohmann::json& pieces) {
  Samples out;
  for (const auto& part : pieces) {
    const Samples samples = piece(part);
    out.insert(out.end(), samples.begin(), samples.end());
  }
  return out;
}

Samples Sounds::piece(const nlohmann::json& piece) {
  Wide samples = plain(piece);
  if (piece.contains("gain")) {
    const auto factor = piece["gain"][0].get<std::int64_t>();
    const auto shift = piece["gain"][1].get<int>();
    for (auto& sample : samples) sample = sample * factor >> shift;
  }
  Samples out;
  out.reserve(samples.size());
  for (const auto sample : samples) {
    out.push_back(static_cast<std::int16_t>(std::clamp<std::int64_t>(sample, -32768, 32767)));
  }
  return out;
}

Wide Sounds::plain(const nlohmann::json& piece) {
  if (piece.contains("file")) {
    const Samples& all = samples(piece["file"]);
    const auto from = piece.value("from", std::ptrdiff_t{0});
    const auto to = piece.value("to", static_cast<std::ptrdiff_t>(all.size()));
    return {all.begin() + from, all.begin() + to};
  }
  if (piece.contains("sound")) return widened(samples(piece["sound"]));
  if (piece.contains("silence")) return Wide(piece["silence"].get<std::size_t>());
  if (piece.contains("noise")) return noise(piece["noise"], piece["seed"], piece["peak"]);
  Wide out;
  if (piece.contains("notes")) {
    for (const auto& periods : piece["notes"]) {
      add_chord(out, periods, piece["each"], piece["peak"]);
    }
  } else if (piece.contains("times")) {
    const Samples once = joined(piece["pieces"]);
    for (int i = 0; i < piece["times"].get<int>(); ++i) {
      out.insert(out.end(), once.begin(), once.end());
    }
  } else {
    for (const auto& pieces : piece.at("sum")) {
      const Samples part = joined(pieces);
      out.resize(std::max(out.size(), part.size()));
      for (std::size_t i = 0; i < part.size(); ++i) out[i] += part[i];
    }
  }
  return out;
}

std::uint32_t checksum(const Samples& samples) {
  std::vector<Bytef> bytes;
  bytes.reserve(2 * samples.size());
  for (const std::int16_t sample : samples) {
    const auto bits = static_cast<std::uint16_t>(sample);
    bytes.push_back(static_cast<Bytef>(bits & 0xff));
    bytes.push_back(static_cast<Bytef>(bits >> 8));
  }
  return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

std::vector<float> as_floats(const Samples& samples) {
  std::vector<float> out;
  out.reserve(samples.size());
  for (const std::int16_t sample : samples) out.push_back(static_cast<float>(sample) / 32768.0f);
  return out;
}

}  // namespace tessera::testing_support
