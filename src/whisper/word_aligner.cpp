#include "src/whisper/word_aligner.h"
namespace tessera::whisper {
WordAligner::WordAligner(const Tokenizer& tokenizer, const ModelConfig& config,
                         const Options& options, const std::string& language)
    : tokenizer_(tokenizer),
      config_(config),
      language_(language),
      prepended_(options.prepend_punctuations),
      appended_(options.append_punctuations) {}
void WordAligner::align(std::span<Segment>, compute::DecoderEngine&,
                        const std::shared_ptr<const compute::EncodedWindow>&, int, double,
                        const std::stop_token&) const {
  (void)tokenizer_;
  (void)config_;
}
}  // namespace tessera::whisper
