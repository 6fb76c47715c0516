// Windows that say nothing but what the windows before them said: what made-up text looks like in
// long recordings.
#pragma once

#include <span>
#include <string>

#include "tessera/options.h"
#include "tessera/result.h"

namespace tessera::whisper {

/// How many windows in a row may say the same, by the options; 0: any number.
int max_repeated_windows(const Options& options);

/// Follows what windows say, in letters and digits: neither case nor punctuation counts.
class RepeatedWindows {
 public:
  /// `most` may say the same in a row; 0: any number.
  explicit RepeatedWindows(int most) : most_(most) {}

  /// Whether a window with these segments would be one too many. What all of its segments say, over
  /// and over, is what it says. A window without text never is.
  bool too_many(std::span<const Segment> segments) const;

  /// A window was decoded; one without text is passed over.
  void add(std::span<const Segment> segments);

 private:
  int most_;
  int count_ = 0;  // windows in a row that said `last_`
  std::string last_;
};

}  // namespace tessera::whisper
