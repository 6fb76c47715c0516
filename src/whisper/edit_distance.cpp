#include "src/whisper/edit_distance.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Sequence = std::span<const std::uint32_t>;
using Word = std::uint64_t;

constexpr std::size_t kBits = 64;

/// The column of the distance matrix that belongs to a prefix of `to`, as differences between
/// neighbours: bit i of `rises` says that entry i + 1 is one more than entry i, of `falls` one
/// less. Source: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
/// distances", 2003, with blocks of 64 rows.
class DistanceColumn {
 public:
  explicit DistanceColumn(Sequence from)
      : blocks_((from.size() + kBits - 1) / kBits),
        last_bit_(from.empty() ? 0 : (from.size() - 1) % kBits),
        distance_(from.size()),
        rises_(blocks_, ~Word{0}),
        falls_(blocks_, 0) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      std::vector<Bits>& places = places_[from[i]];
      if (places.empty() || places.back().block < i / kBits) places.push_back({i / kBits, 0});
      places.back().bits |= Word{1} << (i % kBits);
    }
  }

  /// Goes on to the prefix that `next` ends.
  void advance(std::uint32_t next) {
    const auto found = places_.find(next);
    std::span<const Bits> places;
    if (found != places_.end()) places = found->second;
    Word rise_in = 1;  // row 0 grows by one with every column
    Word fall_in = 0;
    for (std::size_t block = 0; block < blocks_; ++block) {
      const bool occurs = !places.empty() && places.front().block == block;
      const Word equal = occurs ? places.front().bits : 0;
      if (occurs) places = places.subspan(1);
      const Word rises = rises_[block], falls = falls_[block];
      const Word x = equal | fall_in;
      const Word diagonal_zero = (((x & rises) + rises) ^ rises) | x | falls;
      Word row_rises = falls | ~(diagonal_zero | rises);
      Word row_falls = diagonal_zero & rises;
      if (block + 1 == blocks_) {
        distance_ += (row_rises >> last_bit_) & 1u;
        distance_ -= (row_falls >> last_bit_) & 1u;
      }
      const Word rise_out = row_rises >> (kBits - 1), fall_out = row_falls >> (kBits - 1);
      row_rises = row_rises << 1 | rise_in;
      row_falls = row_falls << 1 | fall_in;
      rises_[block] = row_falls | ~(diagonal_zero | row_rises);
      falls_[block] = row_rises & diagonal_zero;
      rise_in = rise_out;
      fall_in = fall_out;
    }
    if (blocks_ == 0) ++distance_;
  }

  std::size_t distance() const { return distance_; }
  const std::vector<Word>& rises() const { return rises_; }
  const std::vector<Word>& falls() const { return falls_; }

 private:
  struct Bits {
    std::size_t block;
    Word bits;
  };

  std::size_t blocks_;
  std::size_t last_bit_;
  std::size_t distance_;  // of all of `from`
  std::vector<Word> rises_;
  std::vector<Word> falls_;
  std::unordered_map<std::uint32_t, std::vector<Bits>> places_;  // of each symbol of `from`
};

std::size_t common_prefix(Sequence a, Sequence b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end.first - a.begin());
}

std::size_t common_suffix(Sequence a, Sequence b) {
  const auto end = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<std::size_t>(end.first - a.rbegin());
}

/// The two without what they have in common at both ends.
struct Trimmed {
  Trimmed(Sequence a, Sequence b) : from(a), to(b) {
    before = common_prefix(from, to);
    from = from.subspan(before);
    to = to.subspan(before);
    after = common_suffix(from, to);
    from = from.first(from.size() - after);
    to = to.first(to.size() - after);
  }
  Sequence from, to;
  std::size_t before = 0, after = 0;
};

/// Every column of the matrix, bit by bit.
class DistanceMatrix {
 public:
  DistanceMatrix(Sequence from, Sequence to) : words_((from.size() + kBits - 1) / kBits) {
    const std::size_t most = kMaxAlignmentBytes / (2 * sizeof(Word));
    if (words_ > 0 && to.size() > most / words_) {
      throw Error(ErrorCode::unsupported, "texts of " + std::to_string(from.size()) + " and " +
                                              std::to_string(to.size()) +
                                              " words are too long to be aligned");
    }
    rises_.reserve(words_ * to.size());
    falls_.reserve(words_ * to.size());
    DistanceColumn column(from);
    for (const std::uint32_t next : to) {
      column.advance(next);
      rises_.insert(rises_.end(), column.rises().begin(), column.rises().end());
      falls_.insert(falls_.end(), column.falls().begin(), column.falls().end());
    }
  }

  /// Whether entry (row + 1, column + 1) is one more, or one less, than (row, column + 1).
  bool rises(std::size_t row, std::size_t column) const { return bit(rises_, row, column); }
  bool falls(std::size_t row, std::size_t column) const { return bit(falls_, row, column); }

 private:
  bool bit(const std::vector<Word>& bits, std::size_t row, std::size_t column) const {
    return (bits[column * words_ + row / kBits] >> (row % kBits) & 1u) != 0;
  }

  std::size_t words_;  // of a column
  std::vector<Word> rises_;
  std::vector<Word> falls_;
};

}  // namespace

std::size_t edit_distance(Sequence from, Sequence to) {
  const Trimmed middle(from, to);
  DistanceColumn column(middle.from);
  for (const std::uint32_t next : middle.to) column.advance(next);
  return column.distance();
}

std::vector<Edit> shortest_edits(Sequence from, Sequence to) {
  const Trimmed middle(from, to);
  const DistanceMatrix matrix(middle.from, middle.to);
  std::vector<Edit> edits(middle.after, Edit::keep);  // the last one first
  std::size_t row = middle.from.size(), column = middle.to.size();
  while (row > 0 && column > 0) {
    if (matrix.rises(row - 1, column - 1)) {
      edits.push_back(Edit::erase);
      --row;
    } else if (column > 1 && matrix.falls(row - 1, column - 2)) {
      edits.push_back(Edit::insert);
      --column;
    } else {
      const bool equal = middle.from[--row] == middle.to[--column];
      edits.push_back(equal ? Edit::keep : Edit::substitute);
    }
  }
  edits.insert(edits.end(), row, Edit::erase);
  edits.insert(edits.end(), column, Edit::insert);
  edits.insert(edits.end(), middle.before, Edit::keep);
  std::reverse(edits.begin(), edits.end());
  return edits;
}

}  // namespace tessera::whisper
