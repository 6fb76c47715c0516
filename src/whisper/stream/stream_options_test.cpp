#include "src/whisper/stream/stream_options.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

std::string refusal(const std::function<void(StreamOptions&)>& change) {
  compute::ModelDims dims;
  dims.n_text_ctx = 448;
  StreamOptions options;
  change(options);
  try {
    check_stream_options(options, dims);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_argument);
    return error.what();
  }
  return "";
}

TEST(StreamOptions, DefaultsAreFine) {
  EXPECT_EQ(refusal([](StreamOptions&) {}), "");
}

TEST(StreamOptions, OutOfRange) {
  EXPECT_EQ(refusal([](StreamOptions& o) { o.step_ms = 99; }),
            "step_ms: expected 100 to 5000, got 99");
  EXPECT_EQ(refusal([](StreamOptions& o) { o.endpoint_silence_ms = 5001; }),
            "endpoint_silence_ms: expected 200 to 5000, got 5001");
  EXPECT_EQ(refusal([](StreamOptions& o) { o.longest_buffer_s = 25.5; }),
            "longest_buffer_s: expected 2 to 25, got 25.5");
  EXPECT_EQ(refusal([](StreamOptions& o) { o.transcription.beam_size = 0; }),
            "beam_size: expected 1 to 64, got 0");
}

TEST(StreamOptions, WhatIsForRecordingsIsRefused) {
  const std::string why = ": is for whole recordings, not for a stream";
  EXPECT_EQ(refusal([](StreamOptions& o) { o.transcription.batch_size = 8; }), "batch_size" + why);
  EXPECT_EQ(refusal([](StreamOptions& o) {
              o.transcription.clip_timestamps_s = {1, 2};
            }),
            "clip_timestamps_s" + why);
  EXPECT_EQ(refusal([](StreamOptions& o) { o.transcription.channel = 0; }), "channel" + why);
  EXPECT_EQ(refusal([](StreamOptions& o) { o.transcription.vad_max_speech_duration_s = 20; }),
            "vad_max_speech_duration_s" + why);
}

TEST(StreamOptions, UnknownLanguage) {
  EXPECT_EQ(refusal([](StreamOptions& o) { o.transcription.language = "klingon"; }),
            "language: expected a code like 'en' or a name like 'english', got 'klingon'");
}

}  // namespace
}  // namespace tessera::whisper
