#include "src/whisper/vocabulary/ranked.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "src/whisper/json_file.h"
#include "src/whisper/unicode.h"
#include "src/whisper/vocabulary/official.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// Twice the longest official token. Finding a merge takes the square of it.
constexpr std::size_t kLongestPieceBytes = 256;
/// Special tokens of Whisper besides the languages; the first two precede them.
constexpr int kTimestamps = 1501;
constexpr int kOtherSpecials = 8;
constexpr int kLanguages = 99;
constexpr int kSmallestOfficial = 51864;

[[noreturn]] void bad_ranks(const std::string& where, const std::string& what,
                            ErrorCode code = ErrorCode::bad_file) {
  throw Error(code, where + ": " + what);
}

/// Old and new name of the token for silence.
std::string_view canonical(std::string_view name) {
  return name == "<|nocaptions|>" ? "<|nospeech|>" : name;
}

bool same_specials(const std::vector<std::string>& listed,
                   const std::vector<std::string>& official) {
  if (listed.empty()) return true;
  // The official list ends before the timestamps, which a file may list.
  const std::size_t count = official.size();
  const bool timestamps = listed.size() == count ||
                          (listed.size() >= count + kTimestamps && listed[count] == "<|0.00|>" &&
                           listed[count + kTimestamps - 1] == "<|30.00|>");
  return timestamps && std::equal(official.begin(), official.end(), listed.begin(),
                                  [](std::string_view a, std::string_view b) {
                                    return canonical(a) == canonical(b);
                                  });
}

/// The first files of whisper.cpp hold tokens as text: a part of a character became U+FFFD.
bool same_piece(const std::string& listed, const std::string& official) {
  return listed == official || listed == valid_utf8(official);
}

bool is_official(const TokenList& list, int n_vocab) {
  if (n_vocab < kSmallestOfficial) return false;
  const Vocabulary official = official_vocabulary(n_vocab);
  return std::ranges::equal(list.pieces, official.pieces, same_piece) &&
         same_specials(list.specials, official.specials);
}

/// Whisper's special tokens, where `n_vocab` leaves room for one of the two official sets.
std::vector<std::string> unlisted_specials(const TokenList& list, int n_vocab) {
  const int room = n_vocab - static_cast<int>(list.pieces.size());
  const int needed = kOtherSpecials + kLanguages + kTimestamps;
  if (room < needed) {
    bad_ranks(list.where, "expected room for " + std::to_string(needed) + " special tokens after " +
                              std::to_string(list.pieces.size()) + " text tokens, the model has " +
                              std::to_string(n_vocab) + " in all");
  }
  return official_vocabulary(room == needed ? kFirstMultilingualVocabulary
                                            : kFirstMultilingualVocabulary + 1)
      .specials;
}

/// Finds the two earlier tokens that a token is made of.
class MergeFinder {
 public:
  explicit MergeFinder(const TokenList& list) : list_(list) {
    ids_.reserve(list.pieces.size());
    for (std::size_t id = 0; id < list.pieces.size(); ++id) {
      const std::string& piece = list.pieces[id];
      if (piece.size() > kLongestPieceBytes) {
        bad_ranks(list.where,
                  "expected tokens of at most " + std::to_string(kLongestPieceBytes) +
                      " bytes, token " + std::to_string(id) + " has " +
                      std::to_string(piece.size()),
                  ErrorCode::unsupported);
      }
      if (!piece.empty() && !ids_.emplace(piece, static_cast<int>(id)).second) {
        bad_ranks(list.where, "token " + std::to_string(id) + ", '" + printable(piece) +
                                  "', is listed a second time");
      }
    }
  }

  Merge find(int id) const {
    const std::string_view piece = list_.pieces[static_cast<std::size_t>(id)];
    // Where its parts begin, and where the last one ends.
    std::vector<std::size_t> edges(piece.size() + 1);
    for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = i;
    const auto part = [&](std::size_t from, std::size_t to) {
      const auto found = ids_.find(piece.substr(edges[from], edges[to] - edges[from]));
      return found == ids_.end() ? kNone : found->second;
    };
    while (edges.size() > 3) {
      int best = id;  // later tokens do not count
      std::size_t at = 0;
      for (std::size_t i = 0; i + 2 < edges.size(); ++i) {
        const int joined = part(i, i + 2);
        if (joined < best) {
          best = joined;
          at = i + 1;
        }
      }
      if (at == 0) break;
      edges.erase(edges.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const Merge merge = {part(0, 1), part(1, 2), id};
    if (edges.size() != 3 || merge.left >= id || merge.right >= id) {
      bad_ranks(list_.where,
                "token " + std::to_string(id) + ", '" + printable(piece) +
                    "', is not made of two tokens before it: its merges cannot be told",
                ErrorCode::unsupported);
    }
    return merge;
  }

 private:
  static constexpr int kNone = std::numeric_limits<int>::max();

  const TokenList& list_;
  std::unordered_map<std::string_view, int> ids_;
};

}  // namespace

std::optional<Vocabulary> ranked_vocabulary(TokenList list, int n_vocab) {
  const std::size_t listed = list.pieces.size() + list.specials.size();
  if (listed > static_cast<std::size_t>(n_vocab)) {
    bad_ranks(list.where, "expected at most the model's " + std::to_string(n_vocab) +
                              " tokens, found " + std::to_string(listed));
  }
  if (is_official(list, n_vocab)) return std::nullopt;
  Vocabulary vocabulary;
  vocabulary.where = list.where;
  vocabulary.specials =
      list.specials.empty() ? unlisted_specials(list, n_vocab) : std::move(list.specials);
  const MergeFinder finder(list);
  for (std::size_t id = 0; id < list.pieces.size(); ++id) {
    if (list.pieces[id].size() > 1) vocabulary.merges.push_back(finder.find(static_cast<int>(id)));
  }
  vocabulary.pieces = std::move(list.pieces);
  return vocabulary;
}

}  // namespace tessera::whisper
