// From a window's tokens to segments, and how far the window loop may advance.
#pragma once

#include <span>
#include <vector>

namespace tessera::whisper {

/// A stretch of a window's tokens that becomes one segment. Times are from the window's beginning.
struct TokenSlice {
  std::size_t first = 0;  ///< into the window's tokens
  std::size_t last = 0;   ///< past the end
  double start_s = 0;
  double end_s = 0;
};

struct WindowSplit {
  std::vector<TokenSlice> slices;
  /// Frames until the next window: up to the last complete segment when more speech follows it,
  /// else the whole window. At least 1.
  int advance_frames = 0;
};

/// What becomes of text after a window's last pair of timestamps.
enum class OpenText {
  leave,  ///< the next window begins at that pair and finds it again
  keep,   ///< it is a segment that ends with the window, since no other window has this sound
};

/// Cuts the tokens of one window at its pairs of timestamps. `window_frames` is how much of the
/// recording is in the window. With OpenText::keep no text is left out, and the next window begins
/// after this one. Source: transcribe() of openai/whisper, which leaves.
WindowSplit split_window(std::span<const int> tokens, int timestamp_begin, int window_frames,
                         OpenText open = OpenText::leave);

}  // namespace tessera::whisper
