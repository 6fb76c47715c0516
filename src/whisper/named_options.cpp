// The one table of option names. A test compares it with the headers.
#include "tessera/named_options.h"

namespace tessera {

std::vector<NamedOption> named_options(Options& o) {
  return {
      {"language", &o.language},
      {"task", &o.task},
      {"language_detection_windows", &o.language_detection_windows},
      {"language_detection_threshold", &o.language_detection_threshold},
      {"timestamps", &o.timestamps},
      {"max_initial_timestamp_s", &o.max_initial_timestamp_s},
      {"temperatures", &o.temperatures},
      {"beam_size", &o.beam_size},
      {"patience", &o.patience},
      {"length_penalty", &o.length_penalty},
      {"best_of", &o.best_of},
      {"seed", &o.seed},
      {"repetition_penalty", &o.repetition_penalty},
      {"no_repeat_ngram_size", &o.no_repeat_ngram_size},
      {"compression_ratio_threshold", &o.compression_ratio_threshold},
      {"logprob_threshold", &o.logprob_threshold},
      {"no_speech_threshold", &o.no_speech_threshold},
      {"suppress_tokens", &o.suppress_tokens},
      {"suppress_blank", &o.suppress_blank},
      {"max_tokens", &o.max_tokens},
      {"condition_on_previous_text", &o.condition_on_previous_text},
      {"prompt_reset_on_temperature", &o.prompt_reset_on_temperature},
      {"initial_prompt", &o.initial_prompt},
      {"carry_initial_prompt", &o.carry_initial_prompt},
      {"hotwords", &o.hotwords},
      {"prefix", &o.prefix},
      {"word_timestamps", &o.word_timestamps},
      {"prepend_punctuations", &o.prepend_punctuations},
      {"append_punctuations", &o.append_punctuations},
      {"hallucination_silence_threshold_s", &o.hallucination_silence_threshold_s},
      {"batch_size", &o.batch_size},
      {"max_repeated_windows", &o.max_repeated_windows},
      {"vad_filter", &o.vad_filter},
      {"vad_model", &o.vad_model},
      {"vad_threshold", &o.vad_threshold},
      {"vad_neg_threshold", &o.vad_neg_threshold},
      {"vad_min_speech_duration_ms", &o.vad_min_speech_duration_ms},
      {"vad_max_speech_duration_s", &o.vad_max_speech_duration_s},
      {"vad_min_silence_duration_ms", &o.vad_min_silence_duration_ms},
      {"vad_speech_pad_ms", &o.vad_speech_pad_ms},
      {"clip_timestamps_s", &o.clip_timestamps_s},
      {"channel", &o.channel},
  };
}

std::vector<NamedOption> named_options(DeviceOptions& o) {
  return {
      {"device", &o.device},
      {"precision", &o.precision},
      {"threads", &o.threads},
  };
}

std::vector<NamedOption> named_options(ConvertOptions& o) {
  return {
      {"dtype", &o.dtype},
      {"model_dir", &o.model_dir},
      {"overwrite", &o.overwrite},
  };
}

std::vector<NamedOption> named_options(DownloadOptions& o) {
  return {
      {"model_dir", &o.model_dir},
      {"mirror", &o.mirror},
      {"local_files_only", &o.local_files_only},
      {"timeout_s", &o.timeout_s},
      {"retries", &o.retries},
      {"max_bytes", &o.max_bytes},
  };
}

std::vector<NamedOption> named_options(SubtitleLayout& o) {
  return {
      {"max_line_width", &o.max_line_width},
      {"max_line_count", &o.max_line_count},
      {"max_words_per_line", &o.max_words_per_line},
      {"highlight_words", &o.highlight_words},
      {"karaoke", &o.karaoke},
  };
}

}  // namespace tessera
