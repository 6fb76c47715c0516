// The encoder's fixed position embedding.
#pragma once

#include <span>

namespace tessera::whisper {

/// Fills `out`, [positions, width] row-major, with Whisper's sinusoids: the sines of position x
/// 10000^(-i / (width / 2 - 1)) in the first half of a row, the cosines in the second. Rounded to
/// binary32 at the same places as sinusoids() in openai/whisper, model.py: at position 1500 that
/// rounding moves the angle by up to 1e-4. `width` is even.
void fill_sinusoids(int positions, int width, std::span<float> out);

}  // namespace tessera::whisper
