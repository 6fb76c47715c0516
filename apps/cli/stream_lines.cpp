#include <cstdio>

#include "apps/cli/console.h"
#include "apps/cli/stream_output.h"
#include "tessera/writers.h"

namespace tessera::cli {
namespace {

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

class LineOutput : public StreamOutput {
 public:
  explicit LineOutput(bool live) : live_(live) {}
  ~LineOutput() override { clear(); }

  void language(const std::string& /*code*/, double /*probability*/) override {}

  void partial(const StreamText& text) override {
    open_ = text.text;
    draw();
  }

  void final_words(const StreamText& words, std::optional<double> /*latency_s*/) override {
    final_ += words.text;
    open_.clear();
    draw();
  }

  void segment(const StreamText& segment) override {
    clear();
    write_standard_output("[" + format_timestamp(segment.start_s) + " --> " +
                          format_timestamp(segment.end_s) + "] " + printable(segment.text) + "\n");
    final_.erase(0, segment.text.size());
    draw();
  }

  void endpoint(double /*at_s*/) override {}

 private:
  void draw() {
    if (!live_) return;
    const std::string text = printable(final_ + open_);
    // One column stays free: some terminals wrap a line that fills the last one.
    const std::string line = std::string(kClearLine) + last_columns(text, terminal_columns() - 1);
    std::fwrite(line.data(), 1, line.size(), stderr);
    visible_ = !text.empty();
  }

  void clear() {
    if (visible_) std::fwrite(kClearLine.data(), 1, kClearLine.size(), stderr);
    visible_ = false;
  }

  bool live_;
  bool visible_ = false;
  std::string final_;  // words of segments that go on
  std::string open_;
};

}  // namespace

std::string last_columns(const std::string& text, int columns) {
  std::size_t begin = text.size();
  // A character of three bytes or more may be two columns wide.
  for (int left = columns; begin > 0;) {
    std::size_t character = begin - 1;
    while (character > 0 && continues_character(text[character])) --character;
    left -= begin - character >= 3 ? 2 : 1;
    if (left < 0) break;
    begin = character;
  }
  return text.substr(begin);
}

std::unique_ptr<StreamOutput> make_line_output(bool live) {
  return std::make_unique<LineOutput>(live);
}

}  // namespace tessera::cli
