#include "apps/server/transcript_formats.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace tessera::server {
namespace {

using Json = nlohmann::json;

Result two_speakers() {
  Result result;
  result.text = " Hello. Yes?";
  result.language = "en";
  result.duration_s = 2.5;
  for (int i = 0; i < 2; ++i) {
    Segment& segment = result.segments.emplace_back();
    segment.id = i;
    segment.start_s = i;
    segment.end_s = i + 1;
    segment.text = i == 0 ? " Hello." : " Yes?";
    segment.speaker = std::to_string(i);
  }
  return result;
}

TranscriptionRequest in_format(ResponseFormat format) {
  TranscriptionRequest request;
  request.format = format;
  return request;
}

Json answer(const Result& result, const TranscriptionRequest& request,
            Endpoint endpoint = Endpoint::transcriptions) {
  const Response response = format_transcript(result, request, endpoint);
  EXPECT_EQ(response.content_type, "application/json");
  return Json::parse(response.body);
}

TEST(TranscriptFormats, UsageIsInWholeSecondsThatWereBegun) {
  EXPECT_EQ(answer(two_speakers(), {}),
            Json::parse(R"({"text": "Hello. Yes?", "usage": {"type": "duration", "seconds": 3}})"));
  EXPECT_EQ(answer(two_speakers(), {}, Endpoint::inference),
            Json::parse(R"({"text": "Hello. Yes?"})"));
}

TEST(TranscriptFormats, DiarizedJsonHasSpeakers) {
  const Json json = answer(two_speakers(), in_format(ResponseFormat::diarized_json));
  EXPECT_EQ(
      json,
      Json::parse(R"({"task": "transcribe", "duration": 2.5, "text": "Hello. Yes?", "segments": [
      {"type": "transcript.text.segment", "id": "0", "start": 0.0, "end": 1.0, "text": " Hello.", "speaker": "0"},
      {"type": "transcript.text.segment", "id": "1", "start": 1.0, "end": 2.0, "text": " Yes?", "speaker": "1"}],
      "usage": {"type": "duration", "seconds": 3}})"));
}

TEST(TranscriptFormats, WhatWasTranslatedIsEnglish) {
  Result result = two_speakers();
  result.language = "de";
  TranscriptionRequest request = in_format(ResponseFormat::verbose_json);
  EXPECT_EQ(answer(result, request)["language"], "german");
  request.options.task = Task::translate;
  EXPECT_EQ(answer(result, request, Endpoint::translations)["language"], "english");
  EXPECT_EQ(answer(result, request, Endpoint::inference)["language"], "german");  // as whisper.cpp
}

TEST(TranscriptFormats, WhatWasLeftOutIsTold) {
  Result result = two_speakers();
  result.left_out = {{LeftOut::Reason::no_speech, 3, 4, ""},
                     {LeftOut::Reason::repetition, 5, 6, " Again."}};
  result.warnings = {"damaged"};
  const Json json = answer(result, in_format(ResponseFormat::verbose_json));
  EXPECT_EQ(json["left_out"], Json::parse(R"([{"reason": "no_speech", "start": 3.0, "end": 4.0},
                                              {"reason": "repetition", "start": 5.0, "end": 6.0, "text": " Again."}])"));
  EXPECT_EQ(json["warnings"], Json::parse(R"(["damaged"])"));
}

TEST(TranscriptFormats, AnythingBecomesJson) {
  Result result = two_speakers();
  result.text = "\xff\"\n\x01";
  result.segments[0].avg_logprob = -std::numeric_limits<double>::infinity();
  const Json json = answer(result, in_format(ResponseFormat::verbose_json));
  EXPECT_EQ(json["text"], "\ufffd\"\n\x01");
  EXPECT_TRUE(json["segments"][0]["avg_logprob"].is_null());
  EXPECT_EQ(delta_event("a\n\nb"),
            "data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\\n\\nb\"}\n\n");
}

TEST(TranscriptFormats, ErrorsAreOpenAis) {
  EXPECT_EQ(
      Json::parse(error_json({404, "model_not_found", "no such model", "model"})),
      Json::parse(
          R"({"error": {"message": "no such model", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}})"));
  EXPECT_EQ(Json::parse(error_json({429, "queue_full", "later"}))["error"]["type"],
            "rate_limit_error");
  EXPECT_EQ(Json::parse(error_json({503, "ending", "later"}))["error"]["type"], "server_error");
  EXPECT_TRUE(Json::parse(error_json({503, "ending", "later"}))["error"]["param"].is_null());
}

}  // namespace
}  // namespace tessera::server
