// Every field of a segment arrives in C.
#include "src/c_api/views.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tessera::c_api {
namespace {

Segment some_segment() {
  Segment segment;
  segment.id = 3;
  segment.seek_frames = 3000;
  segment.start_s = 30.5;
  segment.end_s = 32.25;
  segment.text = std::string(" a\0b", 4);
  segment.tokens = {50364, 257, 50389};
  segment.temperature = 0.25;
  segment.avg_logprob = -0.5;
  segment.compression_ratio = 1.5;
  segment.no_speech_prob = 0.125;
  segment.words = {{" a", 30.5, 31, 0.75}, {"b", 31, 32.25, 0.5}};
  return segment;
}

void expect_some_segment(const tessera_segment& view) {
  EXPECT_EQ(view.id, 3);
  EXPECT_EQ(view.seek_frames, 3000);
  EXPECT_EQ(view.start_s, 30.5);
  EXPECT_EQ(view.end_s, 32.25);
  EXPECT_EQ(std::string(view.text, view.text_bytes), std::string(" a\0b", 4));
  EXPECT_EQ(view.text[view.text_bytes], '\0');
  EXPECT_EQ(std::vector<int>(view.tokens, view.tokens + view.token_count),
            (std::vector<int>{50364, 257, 50389}));
  EXPECT_EQ(view.temperature, 0.25);
  EXPECT_EQ(view.avg_logprob, -0.5);
  EXPECT_EQ(view.compression_ratio, 1.5);
  EXPECT_EQ(view.no_speech_prob, 0.125);
  ASSERT_EQ(view.word_count, 2u);
  EXPECT_STREQ(view.words[0]->text, " a");
  EXPECT_EQ(view.words[0]->text_bytes, 2u);
  EXPECT_EQ(view.words[1]->start_s, 31);
  EXPECT_EQ(view.words[1]->end_s, 32.25);
  EXPECT_EQ(view.words[1]->probability, 0.5);
}

TEST(SegmentView, HasEveryField) {
  const Segment segment = some_segment();
  expect_some_segment(SegmentView(segment).get());
}

TEST(SegmentView, MayBeMoved) {
  const Segment segment = some_segment();
  std::vector<SegmentView> views;
  for (int i = 0; i < 5; ++i) views.emplace_back(segment);
  for (const SegmentView& view : views) expect_some_segment(view.get());
}

TEST(SegmentView, OfNothing) {
  const Segment nothing;
  const SegmentView view(nothing);
  EXPECT_STREQ(view.get().text, "");
  EXPECT_EQ(view.get().token_count, 0u);
  EXPECT_EQ(view.get().word_count, 0u);
}

TEST(WindowView, HasEveryField) {
  WindowReport window;
  window.seek_frames = 100;
  window.frames = 200;
  window.attempts = {{0.2, -0.5, 2.5, true, false}};
  window.no_speech_prob = 0.25;
  window.silence = true;
  window.next_frames = 300;
  window.dropped_segments = 2;
  const WindowView seen(window);
  const tessera_window& view = seen.get();
  EXPECT_EQ(view.seek_frames, 100);
  EXPECT_EQ(view.frames, 200);
  ASSERT_EQ(view.attempt_count, 1u);
  EXPECT_EQ(view.attempts[0]->temperature, 0.2);
  EXPECT_EQ(view.attempts[0]->too_repetitive, 1);
  EXPECT_EQ(view.attempts[0]->too_unlikely, 0);
  EXPECT_EQ(view.no_speech_prob, 0.25);
  EXPECT_EQ(view.silence, 1);
  EXPECT_EQ(view.next_frames, 300);
  EXPECT_EQ(view.dropped_segments, 2);
  EXPECT_EQ(view.retried, 0);
  EXPECT_EQ(view.repetition, 0);

  window.retried = true;
  EXPECT_EQ(WindowView(window).get().retried, 1);
  window.repetition = true;
  EXPECT_EQ(WindowView(window).get().repetition, 1);
}

TEST(LeftOutView, HasEveryField) {
  const std::vector<LeftOut> left_out = {{LeftOut::Reason::no_speech, 1.5, 2.5, ""},
                                         {LeftOut::Reason::repetition, 3, 4, " again"}};
  const std::vector<tessera_left_out> views = view_left_out(left_out);
  ASSERT_EQ(views.size(), 2u);
  EXPECT_STREQ(views[0].reason, "no_speech");
  EXPECT_EQ(views[0].start_s, 1.5);
  EXPECT_EQ(views[0].end_s, 2.5);
  EXPECT_EQ(views[0].text_bytes, 0u);
  EXPECT_STREQ(views[1].reason, "repetition");
  EXPECT_STREQ(views[1].text, " again");
  EXPECT_EQ(views[1].text_bytes, 6u);
}

}  // namespace
}  // namespace tessera::c_api
