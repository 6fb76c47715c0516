// Cuts text into the words inside which byte pairs are merged.
#pragma once

#include <string_view>
#include <vector>

namespace tessera::whisper {

/// The matches of GPT-2's pattern, one after the other; together they are the whole text:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The alternatives are tried in this order, the first that matches is taken. Each byte of
/// ill-formed UTF-8 counts as a character that is no white space, letter or number, so that any
/// byte string can be encoded and comes back unchanged.
std::vector<std::string_view> split_words(std::string_view text);

}  // namespace tessera::whisper
