#include "src/whisper/transcript_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;

/// "id=text" of each, joined by '|'.
std::string read(const std::string& path, const std::string& bytes) {
  std::string joined;
  for (const Transcript& transcript : parse_transcripts(bytes, path)) {
    if (!joined.empty()) joined += '|';
    joined.append(transcript.id).append("=").append(transcript.text);
  }
  return joined;
}

std::string message_of(const std::string& path, const std::string& bytes) {
  try {
    parse_transcripts(bytes, path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_file);
    return error.what();
  }
  return "no error";
}

TEST(TranscriptFiles, TabbedLines) {
  const std::string lines = "a/x.wav\tone two\r\n\r\ny.b\t \nz\tthree";
  EXPECT_EQ(read("refs.tsv", lines), "x=one two|y.b=|z=three");
  EXPECT_EQ(read("text", lines), "x=one two|y.b=|z=three");
  EXPECT_EQ(read("refs.txt", lines), "x=one two|y.b=|z=three");
  EXPECT_EQ(read("r.tsv", "\xEF\xBB\xBFid\ttext\na\tb\n"), "a=b") << "a mark and a header";
}

TEST(TranscriptFiles, NamedLines) {
  EXPECT_EQ(read("84-1.trans.txt", "84-1-0 GO  DO\n84-1-1 HE\n"), "84-1-0=GO  DO|84-1-1=HE");
  EXPECT_EQ(read("data/text", "84-1-0 GO"), "84-1-0=GO");
}

TEST(TranscriptFiles, OneTranscript) {
  EXPECT_EQ(read("out/talk.one.txt", " Hello,\nyou.\n"), "talk.one=Hello,\nyou.");
  EXPECT_EQ(read("silence.txt", ""), "silence=");
  EXPECT_EQ(read("out/talk.json", R"({"text": " Hi.", "segments": [], "language": "en"})"),
            "talk=Hi.");
  EXPECT_EQ(read("talk.json", R"({"text": "Hi."})"), "talk=Hi.");
}

TEST(TranscriptFiles, JsonOfManyTexts) {
  EXPECT_EQ(read("refs.json", R"({"b.wav": "one", "text": "two"})"), "b=one|text=two");
}

TEST(TranscriptFiles, Ids) {
  EXPECT_EQ(transcript_id("a/talk.one.mp3"), "talk.one");
  EXPECT_EQ(transcript_id("talk.one"), "talk.one");
  EXPECT_EQ(transcript_id("84.trans.txt"), "84");
  EXPECT_EQ(transcript_id(".wav"), ".wav");
  EXPECT_EQ(transcript_id("a/"), "");
}

TEST(TranscriptFiles, BadFilesAreNamedWithTheirLine) {
  EXPECT_EQ(message_of("r.tsv", "a\tb\nc d\n"),
            "r.tsv:2: expected a name, one tab and a text, found 'c d'");
  EXPECT_THAT(message_of("r.tsv", "start\tend\ttext\n"),
              HasSubstr("r.tsv:1: expected a name, one"));
  EXPECT_EQ(message_of("r.tsv", "a\tb\n\na.wav\tc\n"), "r.tsv:3: 'a' is there twice");
  EXPECT_EQ(message_of("r.tsv", "\tb\n"), "r.tsv:1: expected a recording's name, found none");
  EXPECT_EQ(message_of("r.tsv", "\n"), "r.tsv: expected transcripts, found none");
  EXPECT_EQ(message_of("text", "alone\n"), "text:1: expected a name and a text, found 'alone'");
  EXPECT_EQ(message_of("text", "a b\nc \xFF\n"), "text:2: expected UTF-8, found another encoding");
  EXPECT_THAT(message_of("r.json", "{"), HasSubstr("r.json: not valid JSON"));
  EXPECT_EQ(message_of("r.json", "[1]"), "r.json: expected a JSON object, found [1]");
  EXPECT_EQ(message_of("r.json", "{}"), "r.json: expected transcripts, found none");
  EXPECT_EQ(message_of("r.json", R"({"a": 1})"), "r.json: expected the text of 'a', found 1");
  EXPECT_EQ(message_of("r.json", R"({"a": "", "a": ""})"), "r.json: key 'a' appears twice");
  EXPECT_EQ(message_of("r.json", R"({"text": 5})"), "r.json: expected a string as text, found 5");
}

}  // namespace
}  // namespace tessera::whisper
