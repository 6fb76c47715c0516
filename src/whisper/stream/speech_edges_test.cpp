#include "src/whisper/stream/speech_edges.h"

#include <gtest/gtest.h>

#include <string>

namespace tessera::whisper {
namespace {

/// What is said of each frame: 'S' speech, '~' between the thresholds, '.' silence. Answers 'b' and
/// 'e' for the edges.
std::string edges(const std::string& frames, int silent_frames = 3) {
  SpeechEdges edges(0.5, 0.35, silent_frames);
  std::string found;
  for (const char frame : frames) {
    switch (edges.push(frame == 'S' ? 0.5 : frame == '~' ? 0.4 : 0.3)) {
      case SpeechEdges::Edge::begin:
        found += 'b';
        break;
      case SpeechEdges::Edge::end:
        found += 'e';
        break;
      case SpeechEdges::Edge::none:
        found += '-';
        break;
    }
  }
  return found;
}

TEST(SpeechEdges, SpeechBeginsAtTheThreshold) { EXPECT_EQ(edges(".~SS"), "--b-"); }

TEST(SpeechEdges, SilenceEndsItWhenItIsLongEnough) {
  EXPECT_EQ(edges("S..."), "b--e");
  EXPECT_EQ(edges("S..S..."), "b-----e");
  EXPECT_EQ(edges("S...S..."), "b--eb--e");
}

TEST(SpeechEdges, SilenceBeginsBelowTheLowerThreshold) {
  EXPECT_EQ(edges("S~~~~~"), "b-----") << "never low enough";
  EXPECT_EQ(edges("S~.~~"), "b---e") << "once low, anything but speech goes on";
}

TEST(SpeechEdges, TellsTheSilenceSoFar) {
  SpeechEdges edges(0.5, 0.35, 10);
  EXPECT_FALSE(edges.speaking());
  edges.push(0.9);
  EXPECT_TRUE(edges.speaking());
  EXPECT_EQ(edges.silence(), 0);
  edges.push(0.1);
  edges.push(0.4);
  EXPECT_EQ(edges.silence(), 2);
  edges.push(0.9);
  EXPECT_EQ(edges.silence(), 0);
}

}  // namespace
}  // namespace tessera::whisper
