// The least number of substitutions, deletions and insertions between two sequences, and where they
// are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera::whisper {

enum class Edit : std::uint8_t { keep, substitute, erase, insert };

/// Levenshtein's distance of `from` and `to`. Time grows with the product of
/// the sizes by 64, memory with their sum.
std::size_t edit_distance(std::span<const std::uint32_t> from, std::span<const std::uint32_t> to);

/// What makes `to` of `from`, in order, with the fewest edits. Of several such ways this is the one
/// that rapidfuzz, and so jiwer, takes: what both ends have in common is kept; from the end an
/// erasure comes first, then an insertion where it alone goes on with fewer edits, then a pair.
/// Memory is a quarter byte for each pair of elements; Error{unsupported} above
/// kMaxAlignmentBytes.
std::vector<Edit> shortest_edits(std::span<const std::uint32_t> from,
                                 std::span<const std::uint32_t> to);

inline constexpr std::size_t kMaxAlignmentBytes = std::size_t{1} << 30;

}  // namespace tessera::whisper
