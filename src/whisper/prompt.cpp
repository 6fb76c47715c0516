#include "src/whisper/prompt.h"

#include <algorithm>

#include "src/whisper/text_measures.h"
#include "tessera/error.h"

namespace tessera::whisper {

PromptBuilder::PromptBuilder(const Tokenizer& tokenizer, const compute::ModelDims& dims,
                             const Options& options, const std::string& language)
    : startofprev_(tokenizer.startofprev()),
      max_history_tokens_(static_cast<std::size_t>(std::max(dims.n_text_ctx / 2 - 1, 0))),
      sot_sequence_(tokenizer.sot_sequence(language, options.task)) {
  if (!options.timestamps) sot_sequence_.push_back(tokenizer.notimestamps());
  initial_prompt_ = encode_bounded(tokenizer, "initial_prompt", options.initial_prompt);
  hotwords_ = encode_bounded(tokenizer, "hotwords", options.hotwords);
  prefix_ = encode_bounded(tokenizer, "prefix", options.prefix);
  // startofprev, a full history, the sot sequence and the prefix leave room for one token at least.
  const auto context = static_cast<std::size_t>(dims.n_text_ctx);
  const std::size_t fixed = 2 + sot_sequence_.size() + prefix_.size();
  max_history_tokens_ = std::min(max_history_tokens_, context - std::min(context, fixed));
}

std::vector<int> PromptBuilder::encode_bounded(const Tokenizer& tokenizer, const char* option,
                                               const std::string& text) const {
  const std::string_view words = strip(text);
  if (words.empty()) return {};
  std::vector<int> tokens = tokenizer.encode(" " + std::string(words));
  if (tokens.size() > max_history_tokens_) {
    throw Error(ErrorCode::bad_argument,
                std::string(option) + ": expected at most " + std::to_string(max_history_tokens_) +
                    " tokens, which is what the decoder can be shown, got " +
                    std::to_string(tokens.size()));
  }
  return tokens;
}

WindowPrompt PromptBuilder::build(std::span<const int> history) const {
  WindowPrompt prompt;
  if (!history.empty() || !hotwords_.empty()) {
    const std::size_t room = max_history_tokens_ - std::min(max_history_tokens_, hotwords_.size());
    const auto recent = history.last(std::min(history.size(), room));
    prompt.tokens.push_back(startofprev_);
    prompt.tokens.insert(prompt.tokens.end(), hotwords_.begin(), hotwords_.end());
    prompt.tokens.insert(prompt.tokens.end(), recent.begin(), recent.end());
  }
  prompt.sot = prompt.tokens.size();
  prompt.tokens.insert(prompt.tokens.end(), sot_sequence_.begin(), sot_sequence_.end());
  prompt.tokens.insert(prompt.tokens.end(), prefix_.begin(), prefix_.end());
  return prompt;
}

}  // namespace tessera::whisper
