// Sounds that are made from small recordings by recipe (tests/golden/equality/sounds.json), sample
// by sample as tools/goldens/sounds.py makes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera::testing_support {

using Samples = std::vector<std::int16_t>;

/// The sounds of one recipe file. See sounds.py for what a recipe says.
class Sounds {
 public:
  using Find = std::function<std::filesystem::path(const std::string&)>;

  /// `find` gives the path of a recording by its file name.
  Sounds(const std::filesystem::path& recipes, Find find);

  /// A sound, or a recording given by its file name: mono, 16 kHz. Throws when there is no such
  /// one.
  const Samples& samples(const std::string& name);

 private:
  Samples recording(const std::string& name) const;
  Samples joined(const nlohmann::json& pieces);
  Samples piece(const nlohmann::json& piece);
  std::vector<std::int64_t> plain(const nlohmann::json& piece);

  std::map<std::string, nlohmann::json> recipes_;
  Find find_;
  std::map<std::string, Samples> made_;
};

/// CRC-32 of the samples as little-endian bytes.
std::uint32_t checksum(const Samples& samples);

/// As the library takes them.
std::vector<float> as_floats(const Samples& samples);

}  // namespace tessera::testing_support
