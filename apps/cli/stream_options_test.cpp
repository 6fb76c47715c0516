#include "apps/cli/stream_options.h"

#include <gtest/gtest.h>

#include "apps/cli/arguments.h"

namespace tessera::cli {
namespace {

StreamArguments parsed(std::vector<std::string> arguments) {
  StreamArguments result;
  EXPECT_TRUE(parse_stream_options(arguments, result));
  return result;
}

std::string refusal(std::vector<std::string> arguments) {
  StreamArguments result;
  try {
    parse_stream_options(arguments, result);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(StreamArguments, Input) {
  const StreamArguments pcm =
      parsed({"--input", "-", "--format", "f32", "--rate", "8000", "--channels", "2"});
  EXPECT_EQ(pcm.input, StreamInput::pcm);
  EXPECT_EQ(pcm.pcm.sample, PcmFormat::Sample::f32);
  EXPECT_EQ(pcm.pcm.rate_hz, 8000);
  EXPECT_EQ(pcm.pcm.channels, 2);
  EXPECT_EQ(parsed({"--input", "a.wav"}).input, StreamInput::file);
  const StreamArguments played = parsed({"--realtime", "a.wav"});
  EXPECT_EQ(played.input, StreamInput::real_time);
  EXPECT_EQ(played.file, "a.wav");
  EXPECT_EQ(parsed({"--microphone"}).input, StreamInput::microphone);
  EXPECT_EQ(parsed({"--microphone", "USB"}).microphone, "USB");
}

TEST(StreamArguments, Text) {
  const StreamArguments some =
      parsed({"--input", "-", "--step", "200", "--endpoint-silence", "700", "--longest-buffer",
              "10", "-l", "english", "--task", "translate", "--vad", "--vad-threshold", "0.4"});
  EXPECT_EQ(some.stream.step_ms, 200);
  EXPECT_EQ(some.stream.endpoint_silence_ms, 700);
  EXPECT_EQ(some.stream.longest_buffer_s, 10);
  EXPECT_EQ(some.stream.transcription.language, "english");
  EXPECT_EQ(some.stream.transcription.task, Task::translate);
  EXPECT_TRUE(some.stream.transcription.vad_filter);
  EXPECT_EQ(some.stream.transcription.vad_threshold, 0.4);
  EXPECT_EQ(some.stream.transcription.beam_size, 1);
}

TEST(StreamArguments, Contradictions) {
  EXPECT_EQ(refusal({"--input", "-", "--realtime", "a.wav"}),
            "expected one of --input, --realtime and --microphone");
  EXPECT_EQ(refusal({"--realtime", "a.wav", "--rate", "8000"}),
            "--rate: is about raw sound on standard input");
  EXPECT_EQ(refusal({"--input", "a.wav", "--latency"}),
            "--latency: needs sound that comes in time, as with --realtime");
  EXPECT_EQ(refusal({"--input", "-", "--vad-threshold", "0.4"}), "--vad-threshold: needs --vad");
  EXPECT_EQ(refusal({"--input", "-", "-l", "klingon"}),
            "--language: unknown language 'klingon'; 'tessera info --languages' lists them");
  EXPECT_EQ(refusal({"--input", "-", "--step", "x"}), "--step: expected a whole number, got 'x'");
  EXPECT_EQ(refusal({"a.wav"}), "unexpected argument a.wav");
}

}  // namespace
}  // namespace tessera::cli
