// From the scores of the decoder's cross-attention to the time of each token.
#pragma once

#include <vector>

#include "src/compute/tensor.h"

namespace tessera::whisper {

/// How much more than other tokens each token listens to each position: the softmax of each row of
/// scores over the positions of the recording, standardised over the tokens, smoothed by a median
/// over positions, and averaged over the heads. `scores`: (heads x tokens, n_audio_ctx) f32, see
/// compute::DecoderSession::attention, of which the first `positions` are used. Returns (tokens,
/// positions) f32. A position to which all tokens listen equally gives NaN (0 / 0), as in
/// openai/whisper; that is every one when there is only one position.
/// Source: find_alignment() of timing.py, openai/whisper.
compute::Tensor listening_map(const compute::TensorView& scores, int heads, int positions,
                              int median_filter_width);

/// When each token begins, in seconds from the window's beginning: for rows `first` up to `last` of
/// a listening map, by the path on which they listen most. -0.02 s where the map has no such path
/// (see dtw()).
std::vector<double> token_times(const compute::Tensor& map, int first, int last);

}  // namespace tessera::whisper
