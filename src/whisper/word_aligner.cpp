#include "src/whisper/word_aligner.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "src/whisper/log_softmax.h"
#include "src/whisper/segment_words.h"
#include "src/whisper/token_alignment.h"
#include "src/whisper/word_split.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kFramesPerPosition = 2;  // of the encoder's output

/// A head that a model names twice counts once.
std::vector<compute::CrossHead> unique_heads(const std::vector<AlignmentHead>& named) {
  std::vector<compute::CrossHead> heads;
  for (const AlignmentHead& head : named) heads.push_back({head.layer, head.head});
  std::ranges::sort(heads, {},
                    [](const compute::CrossHead& h) { return std::tuple(h.layer, h.head); });
  heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
  return heads;
}

/// Of each text token, among text tokens; `first` is the row of logits that predicts the first.
std::vector<double> token_probabilities(const compute::TensorView& logits, std::size_t first,
                                        std::span<const int> text, int eot) {
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto row =
        logits.row<float>(static_cast<int>(first + i)).first(static_cast<std::size_t>(eot));
    probabilities.push_back(std::exp(row[static_cast<std::size_t>(text[i])] - log_sum_exp(row)));
  }
  return probabilities;
}

/// `times`: when each token begins, of <|notimestamps|> and the text; a word begins where the token
/// before it does, since that is the one that predicts it.
std::vector<WordTiming> time_words(std::span<const WordTokens> words, std::span<const double> times,
                                   std::span<const double> probabilities) {
  std::vector<WordTiming> timings;
  std::size_t begin = 0;
  for (const WordTokens& word : words) {
    const std::size_t end = begin + word.tokens.size();
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += probabilities[i];
    timings.push_back({word.text, word.tokens.size(), times[begin], times[end],
                       sum / static_cast<double>(word.tokens.size())});
    begin = end;
  }
  return timings;
}

}  // namespace

WordAligner::WordAligner(const Tokenizer& tokenizer, const ModelConfig& config,
                         const Options& options, const std::string& language)
    : tokenizer_(tokenizer),
      config_(config),
      language_(language),
      prepended_(options.prepend_punctuations),
      appended_(options.append_punctuations),
      sot_sequence_(tokenizer.sot_sequence(language, options.task)),
      heads_(unique_heads(config.alignment_heads)) {}

void WordAligner::align(std::span<Segment> segments, compute::DecoderEngine& engine,
                        const std::shared_ptr<const compute::EncodedWindow>& window,
                        int window_frames, double last_speech_s,
                        const std::stop_token& stop) const {
  std::vector<int> text;
  for (const Segment& segment : segments) {
    text.insert(text.end(), segment.tokens.begin(), segment.tokens.end());
  }
  place_words(segments, find_words(text, engine, window, window_frames, stop), last_speech_s);
}

void WordAligner::place_words(std::span<Segment> segments, std::vector<WordTiming> words,
                              double last_speech_s) const {
  fill_segment_words(segments, std::move(words), {prepended_, appended_}, tokenizer_.eot(),
                     last_speech_s);
}

void WordAligner::check_fits(std::size_t tokens, std::size_t text_tokens) const {
  const auto context = static_cast<std::size_t>(config_.dims.n_text_ctx);
  if (tokens <= context) return;
  throw Error(ErrorCode::bad_argument,
              "word times: expected at most " + std::to_string(context) +
                  " tokens, which is the decoder's context, got " + std::to_string(text_tokens) +
                  " of a window's text and " + std::to_string(tokens - text_tokens) +
                  " around them; lower max_tokens");
}

std::vector<WordTiming> WordAligner::find_words(
    std::span<const int> window_tokens, compute::DecoderEngine& engine,
    const std::shared_ptr<const compute::EncodedWindow>& window, int window_frames,
    const std::stop_token& stop) const {
  std::vector<int> text;
  std::ranges::copy_if(window_tokens, std::back_inserter(text),
                       [&](int id) { return id < tokenizer_.eot(); });
  std::vector<int> ended = text;
  ended.push_back(tokenizer_.eot());
  std::vector<WordTokens> words = split_to_words(tokenizer_, language_, ended);
  if (words.size() <= 1) return {};
  words.pop_back();  // the end of the text

  std::vector<int> tokens = sot_sequence_;
  tokens.push_back(tokenizer_.notimestamps());
  tokens.insert(tokens.end(), ended.begin(), ended.end());
  check_fits(tokens.size(), text.size());

  const auto session = engine.open_session();
  const compute::StreamInput input{session->open_stream(window), tokens, true, heads_};
  const compute::TensorView logits = session->step({&input, 1}, stop);
  const std::size_t first = sot_sequence_.size();
  const std::vector<double> probabilities =
      token_probabilities(logits, first, text, tokenizer_.eot());
  const compute::TensorView scores = session->attention(0);
  const int positions = std::clamp(window_frames / kFramesPerPosition, 0, scores.cols);
  const compute::Tensor map = listening_map(scores, static_cast<int>(heads_.size()), positions,
                                            config_.median_filter_width);
  const std::vector<double> times =
      token_times(map, static_cast<int>(first), static_cast<int>(tokens.size()) - 1);
  return time_words(words, times, probabilities);
}

}  // namespace tessera::whisper
