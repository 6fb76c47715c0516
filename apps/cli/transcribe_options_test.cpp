#include "apps/cli/transcribe_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "apps/cli/arguments.h"

namespace tessera::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Arguments = std::vector<std::string>;

TranscribeOptions parse(Arguments arguments) {
  arguments.insert(arguments.begin(), "talk.wav");
  TranscribeOptions options;
  EXPECT_TRUE(parse_transcribe_options(arguments, options));
  return options;
}

std::string refusal(const Arguments& arguments) {
  try {
    parse(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

// The ladders are what numpy.arange(t, 1.0 + 1e-6, increment) gives.
TEST(TranscribeOptions, LaddersAreTheReferences) {
  const auto ladder = [](const Arguments& arguments) {
    return parse(arguments).transcription.temperatures;
  };
  EXPECT_THAT(ladder({}), ElementsAre(0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0));
  EXPECT_THAT(ladder({"--temperature", "0.1"}),
              ElementsAre(0.1, 0.30000000000000004, 0.5000000000000001, 0.7000000000000001,
                          0.9000000000000001));
  EXPECT_THAT(ladder({"-tp", "0.4", "-tpi", "0.3"}), ElementsAre(0.4, 0.7, 0.9999999999999999));
  EXPECT_THAT(ladder({"--temperature_increment_on_fallback", "2"}), ElementsAre(0.0));
  EXPECT_THAT(ladder({"--temperature", "1"}), ElementsAre(1.0));
  EXPECT_THAT(ladder({"-tp", "0.3", "--temperature_increment_on_fallback", "None"}),
              ElementsAre(0.3));
  EXPECT_THAT(ladder({"-tpi", "0"}), ElementsAre(0.0));
  EXPECT_THAT(ladder({"-nf"}), ElementsAre(0.0));
  EXPECT_EQ(ladder({"-tpi", "0.01"}).size(), 101u);
}

TEST(TranscribeOptions, DefaultsAreTheLibrarys) {
  const Options parsed = parse({}).transcription;
  const Options defaults;
  EXPECT_EQ(parsed.beam_size, defaults.beam_size);
  EXPECT_EQ(parsed.best_of, defaults.best_of);
  EXPECT_EQ(parsed.compression_ratio_threshold, defaults.compression_ratio_threshold);
  EXPECT_EQ(parsed.condition_on_previous_text, defaults.condition_on_previous_text);
  EXPECT_EQ(parsed.append_punctuations, defaults.append_punctuations);
  EXPECT_THAT(parsed.clip_timestamps_s, IsEmpty());
  EXPECT_FALSE(parsed.word_timestamps);
}

TEST(TranscribeOptions, SearchInBothSpellings) {
  for (const Arguments& arguments :
       {Arguments{"--beam_size", "3", "--best_of", "2", "--logprob_threshold", "-0.5",
                  "--no_speech_threshold", "0.7"},
        Arguments{"-bs", "3", "-bo", "2", "-lpt", "-0.5", "-nth", "0.7"},
        Arguments{"--beam-size=3", "--best-of=2", "--logprob-thold=-0.5",
                  "--no-speech-thold=.7"}}) {
    const Options options = parse(arguments).transcription;
    EXPECT_EQ(options.beam_size, 3);
    EXPECT_EQ(options.best_of, 2);
    EXPECT_EQ(options.logprob_threshold, -0.5);
    EXPECT_EQ(options.no_speech_threshold, 0.7);
  }
  const Options options = parse({"--patience",
                                 "2",
                                 "--length_penalty",
                                 "0.5",
                                 "--repetition_penalty",
                                 "1.2",
                                 "--no_repeat_ngram_size",
                                 "3",
                                 "--compression_ratio_threshold",
                                 "None",
                                 "--seed",
                                 "18446744073709551615",
                                 "--max-tokens",
                                 "100",
                                 "--suppress_tokens",
                                 "1,2",
                                 "--suppress_blank",
                                 "False",
                                 "--max_initial_timestamp",
                                 "None"})
                              .transcription;
  EXPECT_EQ(options.patience, 2);
  EXPECT_EQ(options.length_penalty, 0.5);
  EXPECT_EQ(options.repetition_penalty, 1.2);
  EXPECT_EQ(options.no_repeat_ngram_size, 3);
  EXPECT_EQ(options.compression_ratio_threshold, std::nullopt);
  EXPECT_EQ(options.seed, 18446744073709551615u);
  EXPECT_EQ(options.max_tokens, 100);
  EXPECT_EQ(options.suppress_tokens, "1,2");
  EXPECT_FALSE(options.suppress_blank);
  EXPECT_EQ(options.max_initial_timestamp_s, std::nullopt);
}

TEST(TranscribeOptions, NoneIsTheReferencesNone) {
  const Options options = parse({"--beam_size", "None", "--best_of", "None", "--patience", "None",
                                 "--length_penalty", "None", "--language", "None"})
                              .transcription;
  EXPECT_EQ(options.beam_size, 1);
  EXPECT_EQ(options.best_of, 1);
  EXPECT_EQ(options.patience, 1.0);
  EXPECT_EQ(options.length_penalty, std::nullopt);
  EXPECT_EQ(options.language, "");
}

TEST(TranscribeOptions, Prompts) {
  const Options options = parse({"--prompt", "[True]", "--carry_initial_prompt", "True",
                                 "--hotwords", "-dash, x", "--prompt_reset_on_temperature", "0.3"})
                              .transcription;
  EXPECT_EQ(options.initial_prompt, "[True]");
  EXPECT_TRUE(options.carry_initial_prompt);
  EXPECT_EQ(options.hotwords, "-dash, x");
  EXPECT_EQ(options.prompt_reset_on_temperature, 0.3);
  EXPECT_EQ(parse({"--prefix", " And so"}).transcription.prefix, " And so");
  EXPECT_EQ(parse({"--initial_prompt", "True"}).transcription.initial_prompt, "True");
  EXPECT_FALSE(parse({"-mc", "0"}).transcription.condition_on_previous_text);
  EXPECT_TRUE(parse({"-mc", "-1"}).transcription.condition_on_previous_text);
}

TEST(TranscribeOptions, Clips) {
  const auto clips = [](const Arguments& arguments) {
    return parse(arguments).transcription.clip_timestamps_s;
  };
  EXPECT_THAT(clips({"--clip_timestamps", "0"}), ElementsAre(0.0));
  EXPECT_THAT(clips({"--clip_timestamps", "1.5, 2,3"}), ElementsAre(1.5, 2.0, 3.0));
  EXPECT_THAT(clips({"--clip_timestamps", ""}), IsEmpty());
  EXPECT_THAT(clips({"-ot", "1500"}), ElementsAre(1.5));
  EXPECT_THAT(clips({"-ot", "1500", "-d", "2500"}), ElementsAre(1.5, 4.0));
  EXPECT_THAT(clips({"--duration", "2147483647", "--offset_t", "2147483647"}),
              ElementsAre(2147483.647, 4294967.294));
  EXPECT_THAT(clips({"-ot", "0", "-d", "0"}), IsEmpty());
}

TEST(TranscribeOptions, WordsAndSubtitles) {
  const TranscribeOptions options =
      parse({"--word_timestamps", "True", "--highlight_words", "True", "--max_line_width", "42",
             "--max_line_count", "2", "--prepend_punctuations", "-", "--append_punctuations", "",
             "--hallucination_silence_threshold", "2"});
  EXPECT_TRUE(options.transcription.word_timestamps);
  EXPECT_TRUE(options.layout.highlight_words);
  EXPECT_EQ(options.layout.max_line_width, 42);
  EXPECT_EQ(options.layout.max_line_count, 2);
  EXPECT_EQ(options.transcription.prepend_punctuations, "-");
  EXPECT_EQ(options.transcription.append_punctuations, "");
  EXPECT_EQ(options.transcription.hallucination_silence_threshold_s, 2.0);
  const SubtitleLayout none = parse({"--max_line_width", "None", "--max_line_count", "0",
                                     "--max_words_per_line", "None", "--highlight_words", "False"})
                                  .layout;
  EXPECT_EQ(none.max_line_width, std::nullopt);
  EXPECT_EQ(none.max_line_count, std::nullopt);
  EXPECT_TRUE(parse({"--word-timestamps", "--karaoke", "-ovtt"}).layout.karaoke);
}

TEST(TranscribeOptions, SegmentLengthAsWhisperCpp) {
  const TranscribeOptions options = parse({"-ml", "1", "-sow", "-osrt"});
  EXPECT_EQ(options.max_segment_characters, 1);
  EXPECT_TRUE(options.transcription.word_timestamps);
  EXPECT_EQ(parse({"-ml", "0"}).max_segment_characters, std::nullopt);
  EXPECT_THAT(refusal({"-ml", "1"}), HasSubstr("--max-len: needs --split-on-word"));
  EXPECT_THAT(refusal({"-ml", "1", "-sow", "-oj"}), HasSubstr("output format json"));
  EXPECT_THAT(refusal({"-ml", "-1", "-sow"}), HasSubstr("--max-len: expected"));
  EXPECT_THAT(refusal({"-ml", "9", "-sow", "--word_timestamps", "False"}), HasSubstr("--max-len"));
  EXPECT_THAT(refusal({"-ml", "9", "-sow", "--max-line-width", "9", "--word-timestamps"}),
              HasSubstr("--max-len: not together"));
}

TEST(TranscribeOptions, Formats) {
  EXPECT_EQ(parse({"-o", "x"}).formats, parse_output_formats("all"));
  EXPECT_THAT(parse({"-ocsv", "-olrc", "--output-wcpp-json"}).formats,
              ElementsAre(OutputFormat::csv, OutputFormat::lrc, OutputFormat::wcpp_json));
  EXPECT_THAT(parse({"-f", "csv"}).formats, ElementsAre(OutputFormat::csv));
}

TEST(TranscribeOptions, LanguageDetection) {
  const TranscribeOptions options =
      parse({"-dl", "--language-detection-segments", "3", "--language_detection_threshold", "0.8"});
  EXPECT_TRUE(options.detect_language);
  EXPECT_EQ(options.transcription.language_detection_windows, 3);
  EXPECT_EQ(options.transcription.language_detection_threshold, 0.8);
  EXPECT_TRUE(parse({"-dl", "-l", "auto"}).detect_language);
}

TEST(TranscribeOptions, OptionsOfOthersThatDoNothingSaySo) {
  EXPECT_THAT(parse({"-et", "2.4"}).notes, ElementsAre(HasSubstr("another quantity")));
  EXPECT_THAT(parse({"--fp16", "True"}).notes, ElementsAre(HasSubstr("--precision")));
  EXPECT_THAT(parse({"--fp16", "False", "--local_files_only", "True", "-sow"}).notes, IsEmpty());
}

TEST(TranscribeOptions, ValuesThatAreNone) {
  for (const char* option : {"--temperature",
                             "--temperature-increment-on-fallback",
                             "--beam-size",
                             "--best-of",
                             "--patience",
                             "--length-penalty",
                             "--repetition-penalty",
                             "--no-repeat-ngram-size",
                             "--compression-ratio-threshold",
                             "--entropy-thold",
                             "--logprob-threshold",
                             "--no-speech-threshold",
                             "--max-initial-timestamp",
                             "--seed",
                             "--max-tokens",
                             "--prompt-reset-on-temperature",
                             "--max-context",
                             "--clip-timestamps",
                             "--offset-t",
                             "--duration",
                             "--max-line-width",
                             "--max-line-count",
                             "--max-words-per-line",
                             "--max-len",
                             "--hallucination-silence-threshold",
                             "--language-detection-segments",
                             "--language-detection-threshold",
                             "--threads"}) {
    for (const char* text : {"many", "1x", "nan", "inf", "0x10", "1,,2", "++1", "1e999"}) {
      const std::string message = refusal({option, text});
      EXPECT_THAT(message, HasSubstr(std::string(option) + ": expected ")) << text;
      EXPECT_THAT(message, HasSubstr("'" + std::string(text) + "'"));
    }
  }
  for (const char* option : {"--beam-size", "--best-of", "--max-tokens", "--seed", "--threads"}) {
    EXPECT_THAT(refusal({option, "1.5"}), HasSubstr("whole number"));
    EXPECT_THAT(refusal({option, "99999999999999999999"}), HasSubstr("whole number"));
    EXPECT_THAT(refusal({option, ""}), HasSubstr("whole number"));
  }
  EXPECT_THAT(refusal({"--seed", "-1"}), HasSubstr("--seed: expected a whole number from 0"));
}

TEST(TranscribeOptions, SwitchesAreTrueOrFalse) {
  for (const char* option : {"--word-timestamps", "--fp16", "--carry-initial-prompt", "-nf"}) {
    EXPECT_THAT(refusal({option + std::string("=maybe")}),
                HasSubstr(": expected True or False, got 'maybe'"));
  }
}

TEST(TranscribeOptions, ValuesOutOfRange) {
  EXPECT_THAT(refusal({"--temperature", "1.5"}), HasSubstr("--temperature: expected 0 to 1"));
  EXPECT_THAT(refusal({"--temperature", "-0.1"}), HasSubstr("--temperature: expected 0 to 1"));
  EXPECT_THAT(refusal({"-tpi", "-0.2"}), HasSubstr("--temperature-increment-on-fallback: "));
  EXPECT_THAT(refusal({"-tpi", "1e-9"}), HasSubstr("--temperature-increment-on-fallback: "));
  EXPECT_THAT(refusal({"-mc", "64"}), HasSubstr("--max-context: expected 0 "));
  EXPECT_THAT(refusal({"-ot", "-5"}), HasSubstr("--offset-t: expected milliseconds from 0"));
  EXPECT_THAT(refusal({"-d", "-5"}), HasSubstr("--duration: expected milliseconds from 0"));
  EXPECT_THAT(refusal({"--max_line_width", "-1", "--word_timestamps", "True"}),
              HasSubstr("--max-line-width: expected at least 1"));
}

TEST(TranscribeOptions, LineOptionsRequireWordTimes) {
  for (const Arguments& option :
       {Arguments{"--highlight-words", "True"}, Arguments{"--max-line-width", "42"},
        Arguments{"--max-line-count", "2"}, Arguments{"--max-words-per-line", "3"},
        Arguments{"--karaoke", "True"}, Arguments{"--hallucination-silence-threshold", "2"}}) {
    EXPECT_EQ(refusal(option), option.front() + ": requires --word-timestamps True");
  }
}

TEST(TranscribeOptions, Contradictions) {
  const std::string words = "--word-timestamps";
  EXPECT_THAT(refusal({words, "--max-line-count", "2"}), HasSubstr("needs --max-line-width"));
  EXPECT_THAT(refusal({words, "--max-line-width", "9", "--max-words-per-line", "2"}),
              HasSubstr("--max-words-per-line: not together"));
  EXPECT_THAT(refusal({words, "--karaoke", "--highlight-words", "-ovtt"}), HasSubstr("--karaoke"));
  EXPECT_THAT(refusal({words, "--karaoke", "-osrt"}), HasSubstr("--karaoke: needs"));
  EXPECT_THAT(refusal({"--prefix", "a", "--hotwords", "b"}), HasSubstr("--hotwords"));
  EXPECT_THAT(refusal({"-mc", "0", "--condition_on_previous_text", "True"}),
              HasSubstr("--max-context 0: not together"));
  EXPECT_THAT(refusal({"-nf", "-tpi", "0.2"}), HasSubstr("--no-fallback: not together"));
  EXPECT_EQ(refusal({"-nf", "-tpi", "0"}), "accepted");
  EXPECT_THAT(refusal({"-ot", "5", "--clip-timestamps", "1"}), HasSubstr("--offset-t: not"));
  EXPECT_THAT(refusal({"-d", "5", "--clip-timestamps", "1"}), HasSubstr("--duration: not"));
  EXPECT_THAT(refusal({"-dl", "-l", "en"}), HasSubstr("--detect-language: not together"));
  EXPECT_THAT(refusal({"-dl", "-osrt"}), HasSubstr("--detect-language: writes no files"));
  EXPECT_THAT(refusal({"-dl", "--channels", "split"}), HasSubstr("--detect-language: not"));
}

TEST(TranscribeOptions, OptionsAreNotTakenForText) {
  EXPECT_THAT(refusal({"--initial-prompt", "--quiet"}),
              HasSubstr("--initial-prompt: expected a value, got the option --quiet"));
  EXPECT_THAT(refusal({"--initial-prompt"}), HasSubstr("--initial-prompt: expected a value"));
}

TEST(TranscribeOptions, BatchesHaveNoTextBeforeThem) {
  EXPECT_EQ(parse({}).transcription.batch_size, 0);
  EXPECT_TRUE(parse({"--batch-size", "1"}).transcription.condition_on_previous_text);
  for (const char* spelling : {"--batch-size=8", "--batch_size=8"}) {
    const Options options = parse({spelling}).transcription;
    EXPECT_EQ(options.batch_size, 8);
    EXPECT_FALSE(options.condition_on_previous_text);
  }
  EXPECT_EQ(refusal({"--batch-size", "8", "--condition-on-previous-text", "False"}), "accepted");
  EXPECT_EQ(refusal({"--batch-size", "8", "-mc", "0"}), "accepted");
  EXPECT_THAT(refusal({"--batch-size", "8", "--condition_on_previous_text", "True"}),
              HasSubstr("not together with --batch-size"));
  // As faster-whisper's users write it: there is nothing to reset.
  EXPECT_EQ(refusal({"--batch-size", "8", "--prompt-reset-on-temperature", "0.4"}), "accepted");
  EXPECT_THAT(refusal({"--batch-size", "-2"}), HasSubstr("expected windows from 0"));
}

TEST(TranscribeOptions, VoiceActivityInAllSpellings) {
  const Options off = parse({}).transcription;
  EXPECT_FALSE(off.vad_filter);
  EXPECT_FALSE(off.vad_min_silence_duration_ms.has_value());
  const Options whisper_cpp =
      parse({"--vad", "-vm", "a/b.safetensors", "-vt", "0.6", "-vspd", "250", "-vsd", "100",
             "-vmsd", "20", "-vp", "30", "-vo", "0.1"})
          .transcription;
  const Options faster_whisper =
      parse({"--vad_filter", "True", "--vad_model=a/b.safetensors", "--vad_threshold", "0.6",
             "--vad_min_speech_duration_ms", "250", "--vad_min_silence_duration_ms", "100",
             "--vad_max_speech_duration_s", "20", "--vad_speech_pad_ms", "30"})
          .transcription;
  for (const Options& options : {whisper_cpp, faster_whisper}) {
    EXPECT_TRUE(options.vad_filter);
    EXPECT_EQ(options.vad_model, "a/b.safetensors");
    EXPECT_DOUBLE_EQ(options.vad_threshold, 0.6);
    EXPECT_EQ(options.vad_min_speech_duration_ms, 250);
    EXPECT_EQ(options.vad_min_silence_duration_ms, 100);
    EXPECT_EQ(options.vad_max_speech_duration_s, 20);
    EXPECT_EQ(options.vad_speech_pad_ms, 30);
  }
  EXPECT_TRUE(
      std::isinf(*parse({"--vad", "-vmsd", "inf"}).transcription.vad_max_speech_duration_s));
  EXPECT_THAT(refusal({"-vt", "0.6"}), HasSubstr("--vad-threshold: needs --vad"));
  EXPECT_THAT(refusal({"--vad", "-vsd", "x"}), HasSubstr("--vad-min-silence-duration-ms"));
  EXPECT_THAT(parse({"--vad", "-vo", "0.1"}).notes,
              testing::ElementsAre(HasSubstr("--vad-samples-overlap has no effect")));
}

TEST(TranscribeOptions, RepeatedWindows) {
  EXPECT_FALSE(parse({}).transcription.max_repeated_windows.has_value());
  EXPECT_EQ(parse({"--max-repeated-windows", "3"}).transcription.max_repeated_windows, 3);
  EXPECT_EQ(parse({"--max_repeated_windows", "None"}).transcription.max_repeated_windows, 0);
}

}  // namespace
}  // namespace tessera::cli
