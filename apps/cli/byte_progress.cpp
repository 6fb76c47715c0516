#include "apps/cli/byte_progress.h"

#include <algorithm>
#include <cstdio>

#include "apps/cli/byte_text.h"
#include "apps/cli/console.h"

namespace tessera::cli {

std::string describe_bytes(std::uint64_t done_bytes, std::uint64_t total_bytes, double rate) {
  std::string done = format_bytes(done_bytes);
  if (total_bytes == 0) return done;
  const double share =
      std::min(1.0, static_cast<double>(done_bytes) / static_cast<double>(total_bytes));
  std::string text = std::to_string(static_cast<int>(100 * share)) + "%  " + done + " of " +
                     format_bytes(total_bytes);
  if (rate > 0 && done_bytes < total_bytes) {
    text += "  " + format_duration(static_cast<double>(total_bytes - done_bytes) / rate) + " left";
  }
  return text;
}

std::string ByteProgress::words(std::uint64_t done_bytes, std::uint64_t total_bytes,
                                Clock::time_point now) {
  const std::chrono::duration<double> passed = now - begin_;
  const double rate = done_bytes > begin_bytes_ && passed.count() > 0
                          ? static_cast<double>(done_bytes - begin_bytes_) / passed.count()
                          : 0.0;
  return name_ + "  " + describe_bytes(done_bytes, total_bytes, rate);
}

void ByteProgress::update(std::uint64_t done_bytes, std::uint64_t total_bytes) {
  if (!shown_) return;
  constexpr std::chrono::milliseconds kBetweenDrawings(100);
  const Clock::time_point now = Clock::now();
  // Fewer bytes than before: the server began again.
  if (!begun_ || done_bytes < last_bytes_) {
    begun_ = true;
    begin_ = now;
    begin_bytes_ = done_bytes;
  }
  last_bytes_ = done_bytes;
  const bool ends = total_bytes > 0 && done_bytes >= total_bytes;
  if (visible_ && !ends && now - drawn_ < kBetweenDrawings) return;
  drawn_ = now;
  visible_ = true;
  const double share =
      total_bytes == 0
          ? 0.0
          : std::min(1.0, static_cast<double>(done_bytes) / static_cast<double>(total_bytes));
  const std::string bar = progress_bar(share, words(done_bytes, total_bytes, now));
  std::fwrite(bar.data(), 1, bar.size(), stderr);
}

void ByteProgress::clear() {
  if (visible_) std::fwrite(kClearLine.data(), 1, kClearLine.size(), stderr);
  visible_ = false;
}

}  // namespace tessera::cli
