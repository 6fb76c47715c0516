#include "apps/server/request_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::server {
namespace {

using testing::ElementsAre;

constexpr int kWindows = 8;

TranscriptionRequest read(const std::vector<FormField>& fields,
                          Endpoint endpoint = Endpoint::transcriptions,
                          const Options& defaults = {}) {
  return read_fields(endpoint, fields, defaults, kWindows);
}

/// The field at fault.
std::string refused(const std::vector<FormField>& fields,
                    Endpoint endpoint = Endpoint::transcriptions) {
  try {
    read(fields, endpoint);
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status, 400) << error.what();
    return error.param;
  }
  return {};
}

TEST(RequestFields, WithoutAnyTheDefaultsHold) {
  Options defaults;
  defaults.language = "de";
  const TranscriptionRequest request = read({}, Endpoint::transcriptions, defaults);
  EXPECT_EQ(request.options.language, "de");
  EXPECT_EQ(request.format, ResponseFormat::json);
  EXPECT_FALSE(request.stream);
  EXPECT_TRUE(request.segments);
  EXPECT_FALSE(request.words);
  EXPECT_EQ(read({{"language", "auto"}}, Endpoint::transcriptions, defaults).options.language, "");
}

TEST(RequestFields, TemperaturesMakeTheLadder) {
  const auto ladder = [](const std::vector<FormField>& fields) {
    return read(fields).options.temperatures;
  };
  EXPECT_EQ(ladder({}), Options().temperatures);
  EXPECT_EQ(ladder({{"temperature", "0"}}).size(), 6U);  // not greedy search alone
  EXPECT_EQ(ladder({{"temperature", "0.5"}, {"temperature_inc", "0"}}), std::vector<double>{0.5});
  EXPECT_EQ(ladder({{"temperature_inc", "0.5"}}), (std::vector<double>{0, 0.5, 1}));
  EXPECT_EQ(ladder({{"temperature_increment_on_fallback", "0.01"}}).size(), 101U);
  for (const char* text : {"-0.1", "1.01"})
    EXPECT_EQ(refused({{"temperature", text}}), "temperature");
  for (const char* text : {"-1", "0.001"})
    EXPECT_EQ(refused({{"temperature_inc", text}}), "temperature_inc");
  std::string many = "0";
  for (int i = 0; i < 101; ++i) many += ",0";
  EXPECT_EQ(refused({{"temperatures", many}}), "temperatures");
}

TEST(RequestFields, WordsNeedVerboseJson) {
  const TranscriptionRequest request =
      read({{"timestamp_granularities[]", "word"}, {"response_format", "verbose_json"}});
  EXPECT_TRUE(request.words && request.options.word_timestamps);
  EXPECT_FALSE(request.segments);
  EXPECT_EQ(refused({{"timestamp_granularities", "word"}}), "timestamp_granularities");
  EXPECT_TRUE(read({{"timestamp_granularities[]", ""}}).segments);
  EXPECT_EQ(refused({{"timestamp_granularities[]", "word,line"}}), "timestamp_granularities[]");
}

TEST(RequestFields, StreamsAreTextAndNoFile) {
  for (const char* format : {"json", "text", "verbose_json"}) {
    EXPECT_TRUE(read({{"stream", "true"}, {"response_format", format}}).stream);
  }
  for (const char* format : {"srt", "vtt", "diarized_json"}) {
    EXPECT_EQ(refused({{"stream", "true"}, {"response_format", format}}), "stream");
  }
}

TEST(RequestFields, ChunkingCutsIntoWindowsSideBySide) {
  EXPECT_EQ(read({{"chunking_strategy", ""}}).options.batch_size, 0);
  EXPECT_EQ(read({{"chunking_strategy", "auto"}}).options.batch_size, kWindows);
  const Options fields =
      read({{"chunking_strategy[type]", "server_vad"}, {"chunking_strategy[threshold]", "0.6"}})
          .options;
  const Options object =
      read({{"chunking_strategy", R"({"type": "server_vad", "threshold": 0.6})"}}).options;
  for (const Options& options : {fields, object}) {
    EXPECT_TRUE(options.vad_filter);
    EXPECT_EQ(options.vad_threshold, 0.6);
    EXPECT_EQ(options.batch_size, kWindows);
  }
}

TEST(RequestFields, KeywordsAreJoined) {
  EXPECT_EQ(
      read({{"keywords[]", "Tessera"}, {"keywords[]", ""}, {"keywords[]", "Ada"}}).options.hotwords,
      "Tessera, Ada");
}

TEST(RequestFields, WhisperCppsFieldsMeanTheSame) {
  const TranscriptionRequest request = read({{"translate", "1"},
                                             {"offset_t", "1500"},
                                             {"duration", "500"},
                                             {"max_context", "0"},
                                             {"max_len", "20"},
                                             {"beam_size", "-1"},
                                             {"best_of", "2"},
                                             {"no_speech_thold", "0.7"},
                                             {"vad", "true"}},
                                            Endpoint::inference);
  EXPECT_EQ(request.options.task, Task::translate);
  EXPECT_THAT(request.options.clip_timestamps_s, ElementsAre(1.5, 2.0));
  EXPECT_FALSE(request.options.condition_on_previous_text);
  EXPECT_EQ(request.max_segment_chars, 20);
  EXPECT_TRUE(request.options.word_timestamps);  // to cut by
  EXPECT_EQ(request.options.beam_size, Options().beam_size);
  EXPECT_EQ(request.options.best_of, 2);
  EXPECT_EQ(request.options.no_speech_threshold, 0.7);
  EXPECT_TRUE(request.options.vad_filter);
  EXPECT_EQ(refused({{"offset_t", "-1"}}, Endpoint::inference), "offset_t");
}

TEST(RequestFields, FieldsOfOtherPathsDoNothing) {
  EXPECT_THAT(read({{"translate", "1"}, {"nonsense", "\xff"}}).ignored,
              ElementsAre("translate", "nonsense"));
  EXPECT_THAT(read({{"stream", "1"}}, Endpoint::translations).ignored, ElementsAre("stream"));
  EXPECT_EQ(read({}, Endpoint::translations).options.task, Task::translate);
  EXPECT_EQ(refused({{"prompt", "\xff"}}), "prompt");
}

TEST(RequestFields, OptionsOfTheLibraryAreFields) {
  const Options options = read({{"no_repeat_ngram_size", "3"},
                                {"length_penalty", "None"},
                                {"clip_timestamps", "0,1"},
                                {"hallucination_silence_threshold", "2"},
                                {"suppress_blank", "no"},
                                {"seed", "7"}})
                              .options;
  EXPECT_EQ(options.no_repeat_ngram_size, 3);
  EXPECT_FALSE(options.length_penalty.has_value());
  EXPECT_THAT(options.clip_timestamps_s, ElementsAre(0, 1));
  EXPECT_EQ(options.hallucination_silence_threshold_s, 2);
  EXPECT_FALSE(options.suppress_blank);
  EXPECT_EQ(options.seed, 7U);
  EXPECT_EQ(refused({{"vad_model", "/etc/passwd"}}), "vad_model");
}

TEST(RequestFields, EveryFieldIsDescribedOnce) {
  std::set<std::string_view> names;
  for (const FieldDescription& field : describe_fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_FALSE(field.description.empty()) << field.name;
  }
  for (const char* name :
       {"model", "response_format", "timestamp_granularities[]", "beam_size", "patience"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

}  // namespace
}  // namespace tessera::server
