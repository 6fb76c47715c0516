#include <algorithm>
#include <string>
#include <string_view>

#include "src/whisper/text_measures.h"
#include "src/whisper/unicode.h"
#include "src/whisper/writers/subtitle_layout.h"
#include "src/whisper/writers/times.h"

namespace tessera::whisper {
namespace {

/// White space at the beginning, in bytes.
std::size_t leading_blanks(std::string_view text) {
  const std::string_view rest = strip(text);
  return rest.empty() ? text.size() : static_cast<std::size_t>(rest.data() - text.data());
}

/// The word between <u> and </u>, leading white space outside. The pattern ^(\s*)(.*)$ of
/// openai/whisper does not match a word with a line break inside, which stays as it is; one line
/// break at the end stays outside.
std::string underlined(const std::string& word) {
  const std::size_t begin = leading_blanks(word);
  const std::size_t end = std::min(word.find('\n', begin), word.size());
  if (end + 1 < word.size()) return word;
  return word.substr(0, begin) + "<u>" + word.substr(begin, end - begin) + "</u>" +
         word.substr(end);
}

std::string joined(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text += word.text;
  return text;
}

std::string with_underlined(const std::vector<Word>& words, std::size_t which) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += i == which ? underlined(words[i].text) : words[i].text;
  }
  return text;
}

void append_highlighted(std::vector<Cue>& cues, const std::vector<Word>& words) {
  const std::string text = joined(words);
  std::int64_t last_ms = to_milliseconds(words.front().start_s);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::int64_t start_ms = to_milliseconds(words[i].start_s);
    const std::int64_t end_ms = to_milliseconds(words[i].end_s);
    if (last_ms != start_ms) cues.push_back({last_ms, start_ms, text});
    cues.push_back({start_ms, end_ms, with_underlined(words, i)});
    last_ms = end_ms;
  }
}

/// The text of a subtitle that is a whole segment: an arrow would end its time line.
std::string segment_text(const Segment& segment) {
  std::string text(strip(valid_utf8(segment.text)));
  for (std::size_t at = 0; (at = text.find("-->", at)) != std::string::npos; at += 2) {
    text.replace(at, 3, "->");
  }
  return text;
}

/// openai/whisper takes a result for one with words when its first segment has a list of them, as
/// has every segment that it emptied. Of a recording without any text it writes no subtitle.
bool is_without_text(const Result& result) {
  return std::all_of(result.segments.begin(), result.segments.end(), [](const Segment& segment) {
    return segment.text.empty() && segment.tokens.empty();
  });
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else {
      result += c;
    }
  }
  return result;
}

/// An empty line would end the subtitle, so only the layout may break lines.
Result without_line_breaks(const Result& result) {
  Result clean;
  for (const Segment& segment : result.segments) {
    clean.segments.emplace_back().words = segment.words;
    for (Word& word : clean.segments.back().words) {
      std::replace_if(
          word.text.begin(), word.text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    }
  }
  return clean;
}

}  // namespace

std::vector<Cue> make_cues(const Result& result, const SubtitleLayout& layout) {
  std::vector<Cue> cues;
  if (!result.has_words) {
    if (is_without_text(result)) return cues;
    for (const Segment& segment : result.segments) {
      cues.push_back({to_milliseconds(segment.start_s), to_milliseconds(segment.end_s),
                      segment_text(segment)});
    }
    return cues;
  }
  for (const std::vector<Word>& words : group_words(result, layout)) {
    if (layout.highlight_words) {
      append_highlighted(cues, words);
    } else {
      cues.push_back({to_milliseconds(words.front().start_s), to_milliseconds(words.back().end_s),
                      joined(words)});
    }
  }
  return cues;
}

std::vector<Cue> make_karaoke_cues(const Result& result, const SubtitleLayout& layout) {
  std::vector<Cue> cues;
  for (const std::vector<Word>& words : group_words(without_line_breaks(result), layout)) {
    Cue cue{to_milliseconds(words.front().start_s), to_milliseconds(words.back().end_s), {}};
    std::int64_t last_ms = cue.start_ms;
    for (const Word& word : words) {
      const std::size_t blanks = leading_blanks(word.text);
      const std::int64_t start_ms = to_milliseconds(word.start_s);
      cue.text += word.text.substr(0, blanks);
      if (start_ms > last_ms && start_ms < cue.end_ms) {
        cue.text += "<" + format_milliseconds(start_ms, false, '.') + ">";
        last_ms = start_ms;
      }
      cue.text += escaped(std::string_view(word.text).substr(blanks));
    }
    cues.push_back(std::move(cue));
  }
  return cues;
}

}  // namespace tessera::whisper
