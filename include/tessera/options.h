// What a caller can choose for one transcription, and what it is told while it runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tessera/result.h"

namespace tessera {

enum class Task {
  transcribe,  ///< text in the language that was spoken
  translate,   ///< text in English
};

/// Options of one transcription. The defaults are those of openai/whisper's command line where it
/// has the option, and faster-whisper's where only that has it. Every function that takes them
/// throws Error{bad_argument} naming the first that is out of range or contradicts another.
struct Options {
  /// Spoken language: a code ("en"), a name ("english"), or empty to detect it.
  std::string language;
  Task task = Task::transcribe;

  // How language is detected when none is given (faster-whisper).
  /// Windows of 30 s to listen to at most. The first whose likeliest language is above
  /// `language_detection_threshold` decides; when none is, the language that most windows heard.
  int language_detection_windows = 1;
  double language_detection_threshold = 0.5;

  /// Predict timestamps, which cut the text into segments; without them a window is one segment.
  bool timestamps = true;
  /// The first timestamp of a window is at most this many seconds. Unset: no bound.
  std::optional<double> max_initial_timestamp_s = 1.0;

  // Search.
  /// Temperatures to decode a window with, in [0, 1], each tried only when the one before gave text
  /// that `compression_ratio_threshold` or `logprob_threshold` refuses. The last one's text stands.
  std::vector<double> temperatures = {0.0, 0.2, 0.4, 0.6, 0.8, 1.0};
  /// Hypotheses kept at temperature 0, 1 to 64; 1 is greedy search.
  int beam_size = 5;
  /// The beam search ends with round(beam_size x patience) finished hypotheses (Kasai et al. 2022).
  double patience = 1.0;
  /// Ranks hypotheses by log-probability / ((5 + length) / 6)^penalty (Wu et al. 2016), in [0, 1];
  /// unset: by log-probability / length.
  std::optional<double> length_penalty;
  /// Samples at temperatures above 0, of which the best is taken; 1 to 64.
  int best_of = 5;
  /// Seed of the samples: the same seed gives the same text (see sampler.h for the generator).
  std::uint64_t seed = 0;
  /// Above 1, makes tokens that were sampled before less likely (Keskar et al. 2019).
  double repetition_penalty = 1.0;
  /// Sequences of so many tokens never occur twice in a window; 0: no such rule.
  int no_repeat_ngram_size = 0;
  /// Text whose UTF-8 is more than so many times larger than what zlib makes of it repeats itself
  /// and is decoded again at the next temperature. Unset: never.
  std::optional<double> compression_ratio_threshold = 2.4;
  /// Text with a lower average log-probability is decoded again. Unset: never.
  std::optional<double> logprob_threshold = -1.0;
  /// A window whose no-speech probability is above this, and whose average log-probability is not
  /// above `logprob_threshold`, is silence. Unset: no window is skipped.
  std::optional<double> no_speech_threshold = 0.6;
  /// Token ids that may not be sampled, separated by commas; "-1" stands for the signs that are not
  /// speech. The control tokens are always suppressed. Empty: only those.
  std::string suppress_tokens = "-1";
  /// Forbid a window to begin with a blank or with its end.
  bool suppress_blank = true;
  /// Tokens sampled per window at most; 0 means half of the decoder's context (224).
  int max_tokens = 0;

  // Prompts. The decoder sees at most 223 tokens of them, the last ones.
  /// Feed the text of the previous windows to the next as a prompt.
  bool condition_on_previous_text = true;
  /// ... unless it was decoded at a temperature above this.
  double prompt_reset_on_temperature = 0.5;
  /// Text that the first window is prompted with as if it had been said before: names, spelling.
  std::string initial_prompt;
  /// Prompt every window with `initial_prompt`, not only the first.
  bool carry_initial_prompt = false;
  /// Words to expect, put before the prompt of every window; not together with `prefix`.
  std::string hotwords;
  /// The words that every window's text begins with.
  std::string prefix;

  // Words.
  /// Find the time of each word by the decoder's attention; fills Segment::words.
  bool word_timestamps = false;
  /// Punctuation that is joined to the word after it, and to the word before it.
  std::string prepend_punctuations = "\"'“¿([{-";
  std::string append_punctuations = "\"'.。,，!！?？:：”)]}、";
  /// With word times: skip silence longer than so many seconds around text that is likely made up.
  std::optional<double> hallucination_silence_threshold_s;

  /// Above 1: so many windows are decoded at the same time, at most 128. The recording is then cut
  /// at quiet moments into windows of 25 to 30 s that know nothing of each other: no window is
  /// shown the text before it, whatever `condition_on_previous_text` says, and `initial_prompt`
  /// goes to the first one, or with `carry_initial_prompt` to all. Not together with
  /// `hallucination_silence_threshold_s`. 0 or 1: one after the other, each where the text of the
  /// one before ended, as openai/whisper.
  int batch_size = 0;

  /// When more than so many windows in a row say nothing but the same text, which is likely made
  /// up: the next one is decoded without being shown text before it, or, with `batch_size`, is left
  /// out if it is not sure either (Result::left_out). 0: never, as openai/whisper; unset: 2 with
  /// `batch_size`, else 0.
  std::optional<int> max_repeated_windows;

  // Voice activity: Silero VAD v6, whose weights `tessera download silero-vad` gets.
  /// Transcribe only where there is speech; times are those of the recording all the same. What was
  /// left out is in Result::left_out.
  bool vad_filter = false;
  /// The weights: a file of Silero's package, silero_vad_16k_op15.onnx or
  /// silero_vad_16k.safetensors (an older training), by path or by its name among the models;
  /// empty: the first of them.
  std::string vad_model;
  /// A frame of 32 ms at least this likely is speech, 0 to 1.
  double vad_threshold = 0.5;
  /// One that is less likely than this can end it; unset: max(vad_threshold - 0.15, 0.01).
  std::optional<double> vad_neg_threshold;
  /// Speech that is not longer is left out.
  int vad_min_speech_duration_ms = 0;
  /// Speech is cut at the last pause before this, pads included; unset: never, or with `batch_size`
  /// after 30 s, the length of a window.
  std::optional<double> vad_max_speech_duration_s;
  /// Silence has to last so long to end speech; unset: 2000, or with `batch_size` 160.
  std::optional<int> vad_min_silence_duration_ms;
  /// Kept before and after speech.
  int vad_speech_pad_ms = 400;

  /// Parts of the recording to transcribe: begin, end, begin, end, ... in seconds, rising; the last
  /// end may be left out. Empty: all of it.
  std::vector<double> clip_timestamps_s;
  /// Channel of the recording that is transcribed, from 0; -1 mixes all channels to one.
  int channel = -1;
};

/// What a transcription reports while it runs. Every function may be empty. They are called from
/// the thread that called transcribe; an exception that one throws ends the transcription and
/// passes through.
struct Callbacks {
  /// The language, as soon as it is known, and its probability (1 when it was given).
  std::function<void(const std::string& code, double probability)> on_language;
  /// Each segment when its window is done. Empty segments are reported too.
  std::function<void(const Segment& segment)> on_segment;
  /// Each window when it has been decoded, before its segments: what was tried and why.
  std::function<void(const WindowReport& window)> on_window;
  /// Seconds of sound that are done, of how many; first when the recording has been read.
  std::function<void(double done_s, double total_s)> on_progress;
  /// Asks the transcription to stop; it then throws Error{cancelled} within one layer's time.
  std::stop_token stop;
};

}  // namespace tessera
