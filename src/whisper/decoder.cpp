#include "src/whisper/decoder.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/whisper/log_softmax.h"
#include "src/whisper/text_measures.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr double kTimestampStepSeconds = 0.02;

[[noreturn]] void bad_option(const std::string& what) {
  throw Error(ErrorCode::bad_argument, what);
}

double probability(std::span<const float> logits, int id) {
  return std::exp(logits[static_cast<std::size_t>(id)] - log_sum_exp(logits));
}

int parse_id(std::string_view text, int n_vocab) {
  int id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < -1 || id >= n_vocab) {
    bad_option("suppress_tokens: expected -1 or token ids below " + std::to_string(n_vocab) +
               " separated by commas, got '" + std::string(text) + "'");
  }
  return id;
}

int max_initial_index(double seconds) {
  if (!(seconds >= 0 && seconds <= 30)) {
    bad_option("max_initial_timestamp: expected 0 to 30 seconds, got " + std::to_string(seconds));
  }
  return static_cast<int>(std::lround(seconds / kTimestampStepSeconds));
}

}  // namespace

WindowDecoder::WindowDecoder(const Tokenizer& tokenizer, const compute::ModelDims& dims,
                             const Options& options, const std::string& language)
    : tokenizer_(tokenizer),
      sot_sequence_(tokenizer.sot_sequence(language, options.task)),
      max_history_tokens_(static_cast<std::size_t>(dims.n_text_ctx / 2 - 1)),
      limits_{tokenizer.eot(), dims.n_text_ctx / 2, dims.n_text_ctx} {
  if (options.max_tokens < 0 || options.max_tokens > dims.n_text_ctx) {
    bad_option("max_tokens: expected 0 to " + std::to_string(dims.n_text_ctx) + ", got " +
               std::to_string(options.max_tokens));
  }
  if (options.max_tokens > 0) limits_.max_tokens = options.max_tokens;
  if (!options.timestamps) sot_sequence_.push_back(tokenizer.notimestamps());

  if (options.suppress_blank) {
    filters_.push_back(std::make_unique<SuppressBlank>(tokenizer.encode(" "), tokenizer.eot()));
  }
  add_suppressed_tokens(options);
  if (options.timestamps) {
    std::optional<int> initial;
    if (options.max_initial_timestamp_s) {
      initial = max_initial_index(*options.max_initial_timestamp_s);
    }
    filters_.push_back(std::make_unique<TimestampRules>(
        TimestampIds{tokenizer.eot(), tokenizer.notimestamps(), tokenizer.timestamp_begin()},
        initial));
  }
}

void WindowDecoder::add_suppressed_tokens(const Options& options) {
  std::vector<int> ids = {tokenizer_.transcribe(),  tokenizer_.translate(), tokenizer_.sot(),
                          tokenizer_.startofprev(), tokenizer_.startoflm(), tokenizer_.nospeech()};
  std::string_view rest = options.suppress_tokens;
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

WindowText WindowDecoder::decode(compute::DecoderEngine& engine,
                                 const std::shared_ptr<const compute::EncodedWindow>& window,
                                 std::span<const int> history, const std::stop_token& stop) const {
  std::vector<int> prompt;
  if (!history.empty()) {
    const auto recent = history.last(std::min(history.size(), max_history_tokens_));
    prompt.push_back(tokenizer_.startofprev());
    prompt.insert(prompt.end(), recent.begin(), recent.end());
  }
  prompt.push_back(sot_sequence_.front());

  // The prompt is fed up to sot first: what the model expects there tells whether anybody speaks.
  const auto session = engine.open_session();
  const int stream = session->open_stream(window);
  compute::StreamInput input{stream, prompt};
  auto logits = session->step({&input, 1}, stop).row<float>(0);
  WindowText text;
  text.no_speech_prob = probability(logits, tokenizer_.nospeech());
  if (sot_sequence_.size() > 1) {
    input.tokens = std::span(sot_sequence_).subspan(1);
    logits = session->step({&input, 1}, stop).row<float>(0);
  }

  Hypothesis best = greedy_search(*session, stream, logits, filters_, limits_, stop);
  text.avg_logprob = best.sum_logprob / static_cast<double>(best.tokens.size() + 1);
  text.compression_ratio = compression_ratio(strip(tokenizer_.decode(best.tokens)));
  text.tokens = std::move(best.tokens);
  return text;
}

LanguageGuess detect_language(const Tokenizer& tokenizer, compute::DecoderEngine& engine,
                              const std::shared_ptr<const compute::EncodedWindow>& window,
                              const std::stop_token& stop) {
  if (!tokenizer.is_multilingual()) return {"en", 1.0};
  const auto session = engine.open_session();
  const int sot = tokenizer.sot();
  const compute::StreamInput input{session->open_stream(window), {&sot, 1}};
  const auto logits = session->step({&input, 1}, stop).row<float>(0);
  std::vector<float> candidates;
  for (const auto& [code, id] : tokenizer.languages()) {
    candidates.push_back(logits[static_cast<std::size_t>(id)]);
  }
  const auto best = std::max_element(candidates.begin(), candidates.end());
  return {tokenizer.languages()[static_cast<std::size_t>(best - candidates.begin())].first,
          std::exp(*best - log_sum_exp(candidates))};
}

}  // namespace tessera::whisper
