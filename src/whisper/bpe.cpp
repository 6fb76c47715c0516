#include "src/whisper/bpe.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kNone = -1;

std::uint64_t pair_key(int left, int right) {
  return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
}

/// A stretch of the word that is one token so far; a link of a chain by positions.
struct Part {
  int id = kNone;  // kNone once it was merged into its left neighbour
  int previous = kNone;
  int next = kNone;
};

/// A merge that was possible when it was found. Stale when a part has changed since.
struct Candidate {
  int rank;
  int left;  // positions
  int right;
  int left_id;
  int right_id;
  int result;

  /// The lowest rank first, of equal ones the leftmost.
  bool operator>(const Candidate& other) const {
    return std::tie(rank, left) > std::tie(other.rank, other.left);
  }
};

}  // namespace

Bpe::Bpe(const std::vector<std::string>& pieces, const std::vector<Merge>& merges,
         const std::string& where) {
  byte_ids_.fill(kNone);
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    if (pieces[id].size() != 1) continue;
    byte_ids_[static_cast<unsigned char>(pieces[id][0])] = static_cast<int>(id);
  }
  const auto missing = std::ranges::find(byte_ids_, kNone);
  if (missing != byte_ids_.end()) {
    throw Error(ErrorCode::bad_file, where + ": expected a token for each of the 256 bytes, byte " +
                                         std::to_string(missing - byte_ids_.begin()) + " has none");
  }
  targets_.reserve(merges.size());
  for (const Merge& merge : merges) {
    const Target target{static_cast<int>(targets_.size()), merge.result};
    if (!targets_.emplace(pair_key(merge.left, merge.right), target).second) {
      throw Error(ErrorCode::bad_file, where + ": merge " + std::to_string(targets_.size()) +
                                           " is listed a second time");
    }
  }
}

std::vector<Merge> Bpe::merges() const {
  std::vector<Merge> merges(targets_.size());
  for (const auto& [pair, target] : targets_) {
    merges[target.rank] = {static_cast<int>(pair >> 32), static_cast<int>(pair & 0xffffffffu),
                           target.result};
  }
  return merges;
}

const Bpe::Target* Bpe::find(int left, int right) const {
  const auto found = targets_.find(pair_key(left, right));
  return found == targets_.end() ? nullptr : &found->second;
}

void Bpe::encode_word(std::string_view word, std::vector<int>& ids) const {
  const int size = static_cast<int>(word.size());
  std::vector<Part> parts(word.size());
  for (int i = 0; i < size; ++i) {
    parts[i] = {byte_ids_[static_cast<unsigned char>(word[i])], i - 1,
                i + 1 < size ? i + 1 : kNone};
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates;
  const auto consider = [&](int left, int right) {
    if (left == kNone || right == kNone) return;
    const int left_id = parts[left].id;
    const int right_id = parts[right].id;
    const Target* target = find(left_id, right_id);
    if (target == nullptr) return;
    candidates.push({target->rank, left, right, left_id, right_id, target->result});
  };
  for (int i = 0; i + 1 < size; ++i) consider(i, i + 1);

  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Part& left = parts[best.left];
    Part& right = parts[best.right];
    // A part that grew has another id, one that was swallowed has none: the pair is still there if
    // and only if both ids are.
    if (left.id != best.left_id || right.id != best.right_id) continue;
    left.id = best.result;
    left.next = right.next;
    right.id = kNone;
    if (left.next != kNone) parts[left.next].previous = best.left;
    consider(left.previous, best.left);
    consider(best.left, left.next);
  }
  for (int i = 0; i != kNone && i < size; i = parts[i].next) ids.push_back(parts[i].id);
}

}  // namespace tessera::whisper
