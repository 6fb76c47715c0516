#include "src/whisper/options_check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

std::string refusal(const std::function<void(Options&)>& change) {
  Options options;
  change(options);
  compute::ModelDims dims;
  dims.n_text_ctx = 448;
  try {
    check_options(options, dims);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    return error.what();
  }
  return "";
}

TEST(CheckOptions, TakesTheDefaultsAndTheEndsOfEveryRange) {
  EXPECT_EQ(refusal([](Options&) {}), "");
  EXPECT_EQ(refusal([](Options& o) {
              o.temperatures = {1, 0, 0};
              o.beam_size = 64;
              o.best_of = 1;
              o.length_penalty = 1.0;
              o.max_tokens = 448;
              o.clip_timestamps_s = {0, 1, 1, 2, 3};
              o.no_speech_threshold.reset();
              o.logprob_threshold.reset();
              o.compression_ratio_threshold.reset();
            }),
            "");
}

TEST(CheckOptions, NamesTheOptionTheRangeAndWhatCame) {
  EXPECT_EQ(refusal([](Options& o) {
              o.temperatures = {0, 1.5};
            }),
            "temperature: expected 0 to 1, got 1.5");
  EXPECT_EQ(refusal([](Options& o) { o.temperatures = {-0.1}; }),
            "temperature: expected 0 to 1, got -0.1");
  EXPECT_EQ(refusal([](Options& o) { o.temperatures = {NAN}; }),
            "temperature: expected 0 to 1, got nan");
  EXPECT_EQ(refusal([](Options& o) { o.temperatures.clear(); }),
            "temperatures: expected at least one, got none");
  EXPECT_EQ(refusal([](Options& o) { o.beam_size = 0; }), "beam_size: expected 1 to 64, got 0");
  EXPECT_EQ(refusal([](Options& o) { o.beam_size = 1000; }),
            "beam_size: expected 1 to 64, got 1000");
  EXPECT_EQ(refusal([](Options& o) { o.best_of = 0; }), "best_of: expected 1 to 64, got 0");
  EXPECT_EQ(refusal([](Options& o) { o.patience = 0.05; }),
            "patience: expected beam_size x patience of at least 1, got 5 x 0.05");
  EXPECT_EQ(refusal([](Options& o) { o.patience = NAN; }), "patience: expected 0 to 64, got nan");
  EXPECT_EQ(refusal([](Options& o) { o.length_penalty = 1.1; }),
            "length_penalty: expected 0 to 1, got 1.1");
  EXPECT_EQ(refusal([](Options& o) { o.repetition_penalty = 0.5; }),
            "repetition_penalty: expected 1 to 100, got 0.5");
  EXPECT_EQ(refusal([](Options& o) { o.no_repeat_ngram_size = -1; }),
            "no_repeat_ngram_size: expected 0 to 448, got -1");
  EXPECT_EQ(refusal([](Options& o) { o.batch_size = 129; }),
            "batch_size: expected 0 to 128, got 129");
  EXPECT_EQ(refusal([](Options& o) { o.max_tokens = 449; }),
            "max_tokens: expected 0 to 448, got 449");
  EXPECT_EQ(refusal([](Options& o) { o.no_speech_threshold = 2; }),
            "no_speech_threshold: expected 0 to 1, got 2");
  EXPECT_EQ(refusal([](Options& o) { o.logprob_threshold = 1; }),
            "logprob_threshold: expected -1e+09 to 0, got 1");
  EXPECT_EQ(refusal([](Options& o) { o.compression_ratio_threshold = -1; }),
            "compression_ratio_threshold: expected 0 to 1e+09, got -1");
  EXPECT_EQ(refusal([](Options& o) { o.max_initial_timestamp_s = 31; }),
            "max_initial_timestamp: expected 0 to 30, got 31");
  EXPECT_EQ(refusal([](Options& o) { o.language_detection_windows = 0; }),
            "language_detection_windows: expected 1 to 1e+06, got 0");
}

TEST(CheckOptions, WantsClipsInOrder) {
  EXPECT_EQ(refusal([](Options& o) {
              o.clip_timestamps_s = {5, 4};
            }),
            "clip_timestamps: expected rising times, got 4 after 5");
  EXPECT_EQ(refusal([](Options& o) {
              o.clip_timestamps_s = {0, 2, 1};
            }),
            "clip_timestamps: expected rising times, got 1 after 2");
  EXPECT_EQ(refusal([](Options& o) {
              o.clip_timestamps_s = {3, 3};
            }),
            "clip_timestamps: expected clips that end after they begin, got 3 to 3");
  EXPECT_EQ(refusal([](Options& o) { o.clip_timestamps_s = {-1}; }),
            "clip_timestamps: expected 0 to 1e+07, got -1");
  EXPECT_EQ(refusal([](Options& o) { o.clip_timestamps_s = {INFINITY}; }),
            "clip_timestamps: expected 0 to 1e+07, got inf");
}

TEST(CheckOptions, RefusesContradictions) {
  EXPECT_EQ(refusal([](Options& o) { o.hallucination_silence_threshold_s = 2; }),
            "hallucination_silence_threshold: needs word_timestamps");
  EXPECT_EQ(refusal([](Options& o) { o.carry_initial_prompt = true; }),
            "carry_initial_prompt: there is no initial_prompt to carry");
  EXPECT_EQ(refusal([](Options& o) { o.hotwords = o.prefix = "a"; }),
            "hotwords: cannot be combined with prefix");
  EXPECT_EQ(refusal([](Options& o) {
              o.word_timestamps = true;
              o.hallucination_silence_threshold_s = 2;
              o.batch_size = 2;
            }),
            "hallucination_silence_threshold: cannot be combined with batch_size, whose windows do "
            "not move");
}

TEST(CheckOptions, VoiceActivity) {
  EXPECT_EQ(refusal([](Options& o) { o.vad_threshold = 1.1; }),
            "vad_threshold: expected 0 to 1, got 1.1");
  EXPECT_EQ(refusal([](Options& o) { o.vad_neg_threshold = -1; }),
            "vad_neg_threshold: expected 0 to 1, got -1");
  EXPECT_EQ(refusal([](Options& o) { o.vad_min_speech_duration_ms = -1; }),
            "vad_min_speech_duration_ms: expected 0 to 3.6e+06, got -1");
  EXPECT_EQ(refusal([](Options& o) { o.vad_min_silence_duration_ms = -1; }),
            "vad_min_silence_duration_ms: expected 0 to 3.6e+06, got -1");
  EXPECT_EQ(refusal([](Options& o) { o.vad_speech_pad_ms = -1; }),
            "vad_speech_pad_ms: expected 0 to 3.6e+06, got -1");
  EXPECT_EQ(
      refusal([](Options& o) { o.vad_max_speech_duration_s = 1.5; }),
      "vad_max_speech_duration_s: expected at least 1.8, which is a second and both pads, got "
      "1.5");
  EXPECT_EQ(
      refusal([](Options& o) { o.vad_max_speech_duration_s = NAN; }),
      "vad_max_speech_duration_s: expected at least 1.8, which is a second and both pads, got "
      "nan");
  EXPECT_EQ(refusal([](Options& o) { o.vad_max_speech_duration_s = INFINITY; }), "");
  EXPECT_EQ(refusal([](Options& o) {
              o.batch_size = 8;
              o.vad_speech_pad_ms = 15000;
            }),
            "vad_max_speech_duration_s: expected at least 31, which is a second and both pads, got "
            "30");
  EXPECT_EQ(refusal([](Options& o) { o.max_repeated_windows = -1; }),
            "max_repeated_windows: expected 0 to 1e+06, got -1");
}

}  // namespace
}  // namespace tessera::whisper
