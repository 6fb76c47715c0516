#include "apps/server/voice_fields.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "apps/server/http/message.h"

namespace tessera::server {
namespace {

Options vad_parameters(const std::string& text) {
  Options options;
  set_vad_parameters({"vad_parameters", text}, options);
  return options;
}

Options server_vad(const std::string& text) {
  Options options;
  set_server_vad({"chunking_strategy", text}, options);
  return options;
}

/// The parameter at fault.
std::string refused(const std::function<Options(const std::string&)>& set,
                    const std::string& text) {
  try {
    set(text);
  } catch (const HttpError& error) {
    for (const char* c = error.what(); *c != '\0'; ++c) EXPECT_TRUE(*c >= ' ' && *c <= '~');
    EXPECT_EQ(error.status, 400);
    return error.param;
  }
  return {};
}

TEST(VoiceFields, ParametersHaveFasterWhispersNames) {
  const Options options = vad_parameters(
      R"({"threshold": 0.4, "neg_threshold": "0.2", "min_speech_duration_ms": 100,
          "max_speech_duration_s": 12.5, "min_silence_duration_ms": 300, "speech_pad_ms": 50})");
  EXPECT_EQ(options.vad_threshold, 0.4);
  EXPECT_EQ(options.vad_neg_threshold, 0.2);
  EXPECT_EQ(options.vad_min_speech_duration_ms, 100);
  EXPECT_EQ(options.vad_max_speech_duration_s, 12.5);
  EXPECT_EQ(options.vad_min_silence_duration_ms, 300);
  EXPECT_EQ(options.vad_speech_pad_ms, 50);
  EXPECT_FALSE(vad_parameters(R"({"neg_threshold": null})").vad_neg_threshold.has_value());
  EXPECT_TRUE(
      std::isinf(*vad_parameters(R"({"max_speech_duration_s": null})").vad_max_speech_duration_s));
  EXPECT_TRUE(
      std::isinf(*vad_parameters(R"({"max_speech_duration_s": "inf"})").vad_max_speech_duration_s));
}

TEST(VoiceFields, ServerVadHasOpenAisDefaults) {
  const Options options = server_vad(R"({"type": "server_vad"})");
  EXPECT_TRUE(options.vad_filter);
  EXPECT_EQ(options.vad_threshold, 0.5);
  EXPECT_EQ(options.vad_speech_pad_ms, 300);
  EXPECT_EQ(options.vad_min_silence_duration_ms, 200);
  const Options chosen = server_vad(
      R"({"threshold": 0.7, "prefix_padding_ms": 10, "silence_duration_ms": 20, "type": "server_vad"})");
  EXPECT_EQ(chosen.vad_threshold, 0.7);
  EXPECT_EQ(chosen.vad_speech_pad_ms, 10);
  EXPECT_EQ(chosen.vad_min_silence_duration_ms, 20);
}

TEST(VoiceFields, WhatIsNoSuchObjectIsRefused) {
  for (const char* text :
       {"", "x", "5", "[]", "{", "{\"threshold\": 0.5", R"({"thresh": 1})", R"({"a\nb": 1})",
        R"({"threshold": {"a": 1}})", R"({"threshold": []})"}) {
    EXPECT_EQ(refused(vad_parameters, text), "vad_parameters") << text;
  }
  EXPECT_EQ(refused(vad_parameters, R"({"threshold": "high"})"), "vad_parameters.threshold");
  EXPECT_EQ(refused(vad_parameters, R"({"speech_pad_ms": 1.5})"), "vad_parameters.speech_pad_ms");
  for (const char* text :
       {"{}", R"({"type": "energy"})", R"({"type": 1})", R"({"type": "server_vad", "x": 1})"}) {
    EXPECT_EQ(refused(server_vad, text), "chunking_strategy") << text;
  }
}

// Each level takes stack to copy or to print, of which a connection's thread has little.
TEST(VoiceFields, NestingDoesNotMatter) {
  const std::string nested = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(refused(vad_parameters, R"({"threshold": )" + nested + "}"), "vad_parameters");
  EXPECT_EQ(refused(server_vad, R"({"type": )" + nested + "}"), "chunking_strategy");
  EXPECT_EQ(refused(vad_parameters, nested), "vad_parameters");
}

}  // namespace
}  // namespace tessera::server
