// Segments and windows as C sees them.
#pragma once

#include <vector>

#include "tessera/result.h"
#include "tessera/tessera.h"

namespace tessera::c_api {

/// A segment for C. It points into `segment`, which must outlive it.
class SegmentView {
 public:
  explicit SegmentView(const Segment& segment);
  SegmentView(SegmentView&&) = default;  // what the vectors hold stays where it is
  SegmentView& operator=(SegmentView&&) = default;
  SegmentView(const SegmentView&) = delete;
  SegmentView& operator=(const SegmentView&) = delete;

  const tessera_segment& get() const { return view_; }

 private:
  std::vector<tessera_word> words_;
  std::vector<const tessera_word*> word_pointers_;
  tessera_segment view_ = {};
};

/// A window's report for C.
class WindowView {
 public:
  explicit WindowView(const WindowReport& window);
  WindowView(const WindowView&) = delete;
  WindowView& operator=(const WindowView&) = delete;

  const tessera_window& get() const { return view_; }

 private:
  std::vector<tessera_window_attempt> attempts_;
  std::vector<const tessera_window_attempt*> attempt_pointers_;
  tessera_window view_ = {};
};

/// What was left out, for C. It points into `left_out`, which must outlive it.
std::vector<tessera_left_out> view_left_out(const std::vector<LeftOut>& left_out);

}  // namespace tessera::c_api
