// Byte pair encoding: the tokens of a vocabulary and the order in which bytes are merged to them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tessera::whisper {

/// Two tokens that, standing side by side, become one.
struct Merge {
  int left = 0;
  int right = 0;
  int result = 0;
};

/// Encodes words (see split_words) by merging neighbours, the earliest merge of the list first.
class Bpe {
 public:
  /// `pieces`: the bytes of every token, by id. `merges`: in order of rank; their ids are ids of
  /// pieces. `where` (a file name) begins the message of an error.
  /// Throws Error{bad_file} when one of the 256 bytes has no token, or a pair is listed twice.
  Bpe(const std::vector<std::string>& pieces, const std::vector<Merge>& merges,
      const std::string& where);

  /// Appends the ids of `word`. Takes time O(n log n) for n bytes.
  void encode_word(std::string_view word, std::vector<int>& ids) const;

  /// The merges that it was made of, in order of rank.
  std::vector<Merge> merges() const;

 private:
  struct Target {
    int rank;
    int result;
  };

  const Target* find(int left, int right) const;

  std::array<int, 256> byte_ids_;
  std::unordered_map<std::uint64_t, Target> targets_;  // of the pair left << 32 | right
};

}  // namespace tessera::whisper
