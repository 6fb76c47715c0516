#include "apps/cli/window_notes.h"

#include <gtest/gtest.h>

namespace tessera::cli {
namespace {

WindowAttempt attempt(double temperature, double ratio, double logprob) {
  return {temperature, logprob, ratio, ratio > 2.4, logprob < -1};
}

WindowReport window(std::vector<WindowAttempt> attempts) {
  WindowReport report;
  report.seek_frames = 3000;
  report.frames = 1250;
  report.attempts = std::move(attempts);
  report.no_speech_prob = 0.875;
  return report;
}

TEST(WindowNotes, NothingIsSaidOfAWindowThatWentWell) {
  EXPECT_EQ(describe_window(window({attempt(0, 1.5, -0.3)})), "");
  EXPECT_EQ(describe_window(window({attempt(0, 9, -5)})), "") << "there was no other temperature";
  EXPECT_EQ(describe_window(window({})), "");
}

TEST(WindowNotes, EachAttemptHasItsReason) {
  EXPECT_EQ(
      describe_window(window({attempt(0, 3.456, -2), attempt(0.2, 2, -1.25), attempt(0.4, 2, -1)})),
      "[00:30.000 --> 00:42.500] decoded 3 times: at temperature 0.00 too repetitive (compression "
      "ratio 3.46), at 0.20 too unlikely (average log-probability -1.25), at 0.40 accepted");
  EXPECT_EQ(describe_window(window({attempt(0.8, 3, -0.1), attempt(1, 2.5, -0.1)})),
            "[00:30.000 --> 00:42.500] decoded 2 times: at temperature 0.80 too repetitive "
            "(compression ratio 3.00), at 1.00 taken although too repetitive (compression ratio "
            "2.50)");
}

TEST(WindowNotes, SilenceAndWhatWasMadeUp) {
  WindowReport silent = window({attempt(0, 1, -1.5)});
  silent.silence = true;
  EXPECT_EQ(describe_window(silent),
            "[00:30.000 --> 00:42.500] skipped as silence (no-speech probability 0.88)");
  silent.attempts.push_back(attempt(0.2, 1, -1.5));
  EXPECT_EQ(describe_window(silent),
            "[00:30.000 --> 00:42.500] decoded 2 times: at temperature 0.00 too unlikely (average "
            "log-probability -1.50), at 0.20 too unlikely (average log-probability -1.50); skipped "
            "as silence (no-speech probability 0.88)");
  WindowReport made_up = window({attempt(0, 1, -0.5)});
  made_up.dropped_segments = 1;
  EXPECT_EQ(describe_window(made_up),
            "[00:30.000 --> 00:42.500] 1 segment left out as likely made up");
  made_up.dropped_segments = 2;
  EXPECT_EQ(describe_window(made_up),
            "[00:30.000 --> 00:42.500] 2 segments left out as likely made up");
}

TEST(WindowNotes, RetriesAndRepetitions) {
  WindowReport report = window({attempt(0, 1, -0.3)});
  report.retried = true;
  EXPECT_EQ(describe_window(report),
            "[00:30.000 --> 00:42.500] decoded again with other text before it, or none");
  report.retried = false;
  report.repetition = true;
  EXPECT_EQ(describe_window(report),
            "[00:30.000 --> 00:42.500] left out: it repeats the windows before it");
}

TEST(WindowNotes, WhatWasLeftOut) {
  const std::vector<LeftOut> left_out = {
      {.reason = LeftOut::Reason::no_speech, .start_s = 0, .end_s = 7.25, .text = {}},
      {.reason = LeftOut::Reason::repetition, .start_s = 60, .end_s = 62, .text = " Thank you."},
      {.reason = LeftOut::Reason::no_speech, .start_s = 90, .end_s = 91, .text = {}}};
  EXPECT_EQ(describe_left_out(left_out, false),
            (std::vector<std::string>{
                "[01:00.000 --> 01:02.000] left out: repeats what was said before: Thank you.",
                "left out for want of speech: 8.25 s in 2 stretches"}));
  EXPECT_EQ(describe_left_out(left_out, true).size(), 4U);
  EXPECT_EQ(describe_left_out(left_out, true).front(),
            "[00:00.000 --> 00:07.250] left out: no speech");
  EXPECT_TRUE(describe_left_out({}, true).empty());
}

}  // namespace
}  // namespace tessera::cli
