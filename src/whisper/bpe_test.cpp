#include "src/whisper/bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The 256 bytes, each its own id, and merges of these and of each other.
struct Table {
  Table() {
    for (int byte = 0; byte < 256; ++byte) pieces.emplace_back(1, static_cast<char>(byte));
  }

  /// Adds the token left + right; gives its id.
  int join(int left, int right) {
    pieces.push_back(pieces[left] + pieces[right]);
    merges.push_back({left, right, static_cast<int>(pieces.size()) - 1});
    return merges.back().result;
  }

  Bpe bpe() const { return Bpe(pieces, merges, "table"); }

  std::vector<std::string> pieces;
  std::vector<Merge> merges;
};

std::vector<int> encode(const Bpe& bpe, std::string_view word) {
  std::vector<int> ids;
  bpe.encode_word(word, ids);
  return ids;
}

TEST(Bpe, TheEarliestMergeComesFirst) {
  Table table;
  const int bc = table.join('b', 'c');
  const int ab = table.join('a', 'b');
  const Bpe bpe = table.bpe();
  EXPECT_THAT(encode(bpe, "abc"), ElementsAre('a', bc)) << "not the longest or the leftmost";
  EXPECT_THAT(encode(bpe, "abab"), ElementsAre(ab, ab));
  EXPECT_THAT(encode(bpe, ""), ElementsAre());
  EXPECT_THAT(encode(bpe, "x"), ElementsAre('x'));
}

TEST(Bpe, OfEqualMergesTheLeftmostComesFirst) {
  Table table;
  const int aa = table.join('a', 'a');
  EXPECT_THAT(encode(table.bpe(), "aaaaa"), ElementsAre(aa, aa, 'a'));
}

TEST(Bpe, OnlyListedPairsMerge) {
  Table table;
  const int ab = table.join('a', 'b');
  const int abc = table.join(ab, 'c');
  const int bc = table.join('b', 'c');
  const int xab = table.join('x', ab);
  const Bpe bpe = table.bpe();
  EXPECT_THAT(encode(bpe, "abc"), ElementsAre(abc));
  EXPECT_THAT(encode(bpe, "bc"), ElementsAre(bc));
  EXPECT_THAT(encode(bpe, "xabc"), ElementsAre('x', abc)) << "abc is earlier than xab";
  EXPECT_THAT(encode(bpe, "xab"), ElementsAre(xab));
}

TEST(Bpe, AppendsToWhatIsThere) {
  std::vector<int> ids = {7};
  Table().bpe().encode_word("ab", ids);
  EXPECT_THAT(ids, ElementsAre(7, 'a', 'b'));
}

/// The definition, step by step.
std::vector<int> merge_naively(const Table& table, std::string_view word) {
  std::map<std::pair<int, int>, std::size_t> ranks;
  for (std::size_t i = 0; i < table.merges.size(); ++i) {
    ranks[{table.merges[i].left, table.merges[i].right}] = i;
  }
  std::vector<int> ids;
  for (const char c : word) ids.push_back(static_cast<unsigned char>(c));
  for (;;) {
    std::size_t best = table.merges.size();
    std::size_t where = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto rank = ranks.find({ids[i], ids[i + 1]});
      if (rank != ranks.end() && rank->second < best) best = rank->second, where = i;
    }
    if (best == table.merges.size()) return ids;
    ids[where] = table.merges[best].result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

TEST(Bpe, AgreesWithTheDefinitionOnRandomTables) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    Table table;
    std::vector<int> usable = {'a', 'b', 'c'};
    for (int i = 0; i < 30; ++i) {
      const int left = usable[random() % usable.size()];
      const int right = usable[random() % usable.size()];
      const auto same = [&](const Merge& m) { return m.left == left && m.right == right; };
      if (std::ranges::any_of(table.merges, same)) continue;
      usable.push_back(table.join(left, right));
    }
    const Bpe bpe = table.bpe();
    for (int i = 0; i < 20; ++i) {
      std::string word;
      for (int k = 0; k < 40; ++k) word += static_cast<char>('a' + random() % 3);
      ASSERT_EQ(encode(bpe, word), merge_naively(table, word)) << "round " << round << ": " << word;
    }
  }
}

// A quadratic algorithm would take minutes.
TEST(Bpe, LongWordsAreNoTrouble) {
  Table table;
  const int aa = table.join('a', 'a');
  const int aaaa = table.join(aa, aa);
  const std::vector<int> ids = encode(table.bpe(), std::string(100000, 'a'));
  EXPECT_EQ(ids, std::vector<int>(25000, aaaa));
}

TEST(Bpe, EveryByteNeedsAToken) {
  Table table;
  table.pieces[65] = "AA";
  try {
    table.bpe();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    EXPECT_THAT(error.what(), HasSubstr("table: "));
    EXPECT_THAT(error.what(), HasSubstr("byte 65"));
  }
}

TEST(Bpe, APairIsListedOnce) {
  Table table;
  table.join('a', 'b');
  table.join('a', 'b');
  EXPECT_THROW(table.bpe(), Error);
}

}  // namespace
}  // namespace tessera::whisper
