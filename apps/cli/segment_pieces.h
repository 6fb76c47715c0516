// Segments cut to a length, as whisper.cpp's --max-len with --split-on-word does.
#pragma once

#include <vector>

#include "tessera/result.h"

namespace tessera::cli {

/// Cuts a segment before each word that would make a piece longer than `max_characters`, blanks
/// included; a longer word is a piece of its own. The pieces keep the id and the scores of the
/// segment, but no tokens. A segment without words stays whole.
std::vector<Segment> cut_segment(const Segment& segment, int max_characters);

/// Cuts every segment of a result and numbers the pieces.
Result cut_segments(Result result, int max_characters);

}  // namespace tessera::cli
