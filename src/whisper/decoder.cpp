#include "src/whisper/decoder.h"

#include <charconv>
#include <cmath>

#include "src/whisper/beam_search.h"
#include "src/whisper/log_softmax.h"
#include "src/whisper/text_measures.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr double kTimestampStepSeconds = 0.02;

double probability(std::span<const float> logits, int id) {
  return std::exp(logits[static_cast<std::size_t>(id)] - log_sum_exp(logits));
}

int parse_id(std::string_view text, int n_vocab) {
  int id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < -1 || id >= n_vocab) {
    throw Error(ErrorCode::bad_argument,
                "suppress_tokens: expected -1 or token ids below " + std::to_string(n_vocab) +
                    " separated by commas, got '" + std::string(text) + "'");
  }
  return id;
}

}  // namespace

WindowDecoder::WindowDecoder(const Tokenizer& tokenizer, const compute::ModelDims& dims,
                             const Options& options, const std::string& language)
    : tokenizer_(tokenizer),
      options_(options),
      prompts_(tokenizer, dims, options, language),
      limits_{tokenizer.eot(), options.max_tokens > 0 ? options.max_tokens : dims.n_text_ctx / 2,
              dims.n_text_ctx} {
  add_filters();
}

// In the order in which openai/whisper applies them, after those that CTranslate2 adds.
void WindowDecoder::add_filters() {
  if (options_.repetition_penalty != 1) {
    filters_.push_back(
        std::make_unique<RepetitionPenalty>(options_.repetition_penalty, prompts_.prefix()));
  }
  if (options_.no_repeat_ngram_size > 0) {
    filters_.push_back(
        std::make_unique<NoRepeatNgram>(options_.no_repeat_ngram_size, prompts_.prefix()));
  }
  if (options_.suppress_blank) {
    filters_.push_back(std::make_unique<SuppressBlank>(tokenizer_.encode(" "), tokenizer_.eot()));
  }
  add_suppressed_tokens();
  if (!options_.timestamps) return;
  std::optional<int> initial;
  if (options_.max_initial_timestamp_s) {
    initial =
        static_cast<int>(std::nearbyint(*options_.max_initial_timestamp_s / kTimestampStepSeconds));
  }
  filters_.push_back(std::make_unique<TimestampRules>(
      TimestampIds{tokenizer_.eot(), tokenizer_.notimestamps(), tokenizer_.timestamp_begin()},
      initial));
}

void WindowDecoder::add_suppressed_tokens() {
  std::vector<int> ids = {tokenizer_.transcribe(),  tokenizer_.translate(), tokenizer_.sot(),
                          tokenizer_.startofprev(), tokenizer_.startoflm(), tokenizer_.nospeech()};
  std::string_view rest = options_.suppress_tokens;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const int id = parse_id(rest.substr(0, comma), tokenizer_.n_vocab());
    if (id >= 0) {
      ids.push_back(id);
    } else {
      const std::vector<int> signs = tokenizer_.non_speech_tokens();
      ids.insert(ids.end(), signs.begin(), signs.end());
    }
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  filters_.push_back(std::make_unique<SuppressTokens>(std::move(ids)));
}

Hypothesis WindowDecoder::search(const SearchStart& start, double temperature,
                                 const Sampler& sampler, const std::stop_token& stop) const {
  std::vector<Hypothesis> found;
  if (temperature > 0) {
    found = sample_search(start, filters_, limits_, temperature, sampler, options_.best_of, stop);
  } else if (options_.beam_size > 1) {
    found = beam_search(start, filters_, limits_, {options_.beam_size, options_.patience}, stop);
  } else {
    return greedy_search(start, filters_, limits_, stop);
  }
  return best_hypothesis(found, options_.length_penalty);
}

WindowAttempt WindowDecoder::judge(const Hypothesis& hypothesis, double temperature) const {
  WindowAttempt attempt;
  attempt.temperature = temperature;
  attempt.avg_logprob = hypothesis.sum_logprob / static_cast<double>(hypothesis.tokens.size() + 1);
  attempt.compression_ratio =
      compression_ratio(strip(tokenizer_.decode_with_controls(hypothesis.tokens)));
  attempt.too_repetitive = options_.compression_ratio_threshold &&
                           attempt.compression_ratio > *options_.compression_ratio_threshold;
  attempt.too_unlikely =
      options_.logprob_threshold && attempt.avg_logprob < *options_.logprob_threshold;
  return attempt;
}

// Unlikely text where nobody seems to speak is silence, which no other temperature will change.
bool WindowDecoder::accepts(const WindowAttempt& attempt, double no_speech_prob) const {
  const bool silence = options_.no_speech_threshold &&
                       no_speech_prob > *options_.no_speech_threshold && attempt.too_unlikely;
  return silence || !(attempt.too_repetitive || attempt.too_unlikely);
}

WindowText WindowDecoder::decode(compute::DecoderEngine& engine,
                                 const std::shared_ptr<const compute::EncodedWindow>& window,
                                 std::span<const int> history, int seek_frames,
                                 const std::stop_token& stop) const {
  const WindowPrompt prompt = prompts_.build(history);
  const auto session = engine.open_session();
  const int stream = session->open_stream(window);

  // The prompt is fed up to sot first: what the model expects there tells whether anybody speaks.
  compute::StreamInput input{stream, std::span(prompt.tokens).first(prompt.sot + 1)};
  auto row = session->step({&input, 1}, stop).row<float>(0);
  WindowText text;
  text.no_speech_prob = probability(row, tokenizer_.nospeech());
  if (prompt.tokens.size() > prompt.sot + 1) {
    input.tokens = std::span(prompt.tokens).subspan(prompt.sot + 1);
    row = session->step({&input, 1}, stop).row<float>(0);
  }
  const std::vector<float> logits(row.begin(), row.end());

  const SearchStart start{*session, stream, logits};
  for (const double temperature : options_.temperatures) {
    const Sampler sampler(options_.seed, seek_frames, static_cast<int>(text.attempts.size()));
    Hypothesis found = search(start, temperature, sampler, stop);
    text.attempts.push_back(judge(found, temperature));
    text.tokens = std::move(found.tokens);
    if (accepts(text.attempts.back(), text.no_speech_prob)) break;
  }
  text.cut_short =
      text.tokens.size() >= static_cast<std::size_t>(limits_.max_tokens) ||
      prompt.tokens.size() + text.tokens.size() > static_cast<std::size_t>(limits_.max_context);
  text.temperature = text.attempts.back().temperature;
  text.avg_logprob = text.attempts.back().avg_logprob;
  text.compression_ratio = text.attempts.back().compression_ratio;
  return text;
}

}  // namespace tessera::whisper
