#include "src/whisper/normalizer/spellings.h"

#include <zlib.h>

#include <unordered_map>
#include <vector>

#include "src/whisper/normalizer/code_points.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Table = std::unordered_map<std::u32string, std::u32string>;

/// The lines "british american" as tools/make_spellings.py wrote them.
std::string inflate_table(std::span<const unsigned char> packed) {
  constexpr std::size_t kBytes = std::size_t{1} << 16;
  std::string lines(kBytes, '\0');
  uLongf size = kBytes;
  const int status = uncompress(reinterpret_cast<Bytef*>(lines.data()), &size, packed.data(),
                                static_cast<uLong>(packed.size()));
  if (status != Z_OK) throw Error(ErrorCode::internal, "the embedded spellings are damaged");
  lines.resize(size);
  return lines;
}

Table read_table() {
  const std::vector<std::u32string> words =
      split_words(to_code_points(inflate_table(kEnglishSpellings)));
  Table table;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) table.emplace(words[i], words[i + 1]);
  return table;
}

}  // namespace

std::u32string american_spelling(std::u32string_view text) {
  static const Table table = read_table();
  std::vector<std::u32string> words = split_words(text);
  for (std::u32string& word : words) {
    const auto found = table.find(word);
    if (found != table.end()) word = found->second;
  }
  return join(words, U" ");
}

}  // namespace tessera::whisper
