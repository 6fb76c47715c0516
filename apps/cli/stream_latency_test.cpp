#include "apps/cli/stream_latency.h"

#include <gtest/gtest.h>

namespace tessera::cli {
namespace {

using Clock = StreamLatency::Clock;

Clock::time_point at(double seconds) {
  return Clock::time_point() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

StreamText words(std::vector<double> ends_s) {
  StreamText text;
  for (const double end_s : ends_s) text.words.push_back({"a", end_s - 0.1, end_s, 1});
  text.end_s = ends_s.back();
  return text;
}

TEST(StreamLatency, CountsFromTheEndOfEachWord) {
  StreamLatency latency;
  latency.sound(0.5, at(100.6));  // on its way for longer than the next piece
  latency.sound(1.0, at(101.0));
  EXPECT_NEAR(latency.add(words({0.5, 0.75}), at(101.5)), 0.75, 1e-6);
  EXPECT_NEAR(latency.add(words({1.0}), at(102.5)), 1.5, 1e-6);
  EXPECT_EQ(latency.report(1.0, at(102.5)), "latency: median 1.00 s, p95 1.50 s, 3 words");
}

TEST(StreamLatency, TellsHowMuchWaits) {
  StreamLatency latency;
  EXPECT_EQ(latency.behind_s(0, at(5)), 0) << "nothing came yet";
  latency.sound(0.02, at(100));
  EXPECT_NEAR(latency.behind_s(0.5, at(101)), 0.5, 1e-6);
  EXPECT_LT(latency.behind_s(20, at(101)), 0);
}

TEST(StreamLatency, IsNotKnownOfSoundThatCameFaster) {
  StreamLatency latency;
  latency.sound(60, at(100));
  latency.add(words({1.0}), at(101));
  EXPECT_EQ(latency.report(60, at(130)),
            "latency: not known, as the sound came faster than it was spoken");
}

TEST(StreamLatency, OfNoWords) { EXPECT_EQ(StreamLatency().report(0, at(1)), "latency: no words"); }

}  // namespace
}  // namespace tessera::cli
