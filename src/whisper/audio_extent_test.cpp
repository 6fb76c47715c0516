#include "src/whisper/audio_extent.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "src/whisper/audio_test_sound.h"

namespace tessera::whisper::audio_test {
namespace {

Bytes made_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

void append_chunk(Bytes& bytes, const std::string& tag, std::uint32_t size, std::size_t body) {
  append_tag(bytes, tag);
  append(bytes, size);
  bytes.resize(bytes.size() + body);
}

Bytes riff(const std::string& tag) {
  Bytes bytes;
  append_chunk(bytes, tag, 0, 0);
  append_tag(bytes, "WAVE");
  return bytes;
}

TEST(PromisedEnd, OfWavIsTheEndOfItsDataChunk) {
  Bytes wav = riff("RIFF");
  append_chunk(wav, "fmt ", 16, 16);
  append_chunk(wav, "LIST", 5, 6);  // odd, so padded
  append_chunk(wav, "data", 1000, 0);
  EXPECT_EQ(promised_end_bytes("wav", wav), 12 + 24 + 14 + 8 + 1000);
}

TEST(PromisedEnd, OfRf64IsIn64Bits) {
  Bytes wav = riff("RF64");
  append_tag(wav, "ds64");
  append(wav, std::uint32_t{28});
  append(wav, std::uint64_t{6'000'000'100});
  append(wav, std::uint64_t{6'000'000'000});
  wav.resize(wav.size() + 12);
  append_chunk(wav, "data", 0xffffffff, 0);
  EXPECT_EQ(promised_end_bytes("wav", wav), 12 + 36 + 8 + 6'000'000'000);
}

TEST(PromisedEnd, OfWavIsUnknownWhenWrittenIntoAPipe) {
  for (const std::uint32_t size : {0U, 0x7ffff000U, 0x80000000U, 0xffffffffU}) {
    Bytes wav = riff("RIFF");
    append_chunk(wav, "data", size, 4);
    EXPECT_EQ(promised_end_bytes("wav", wav), std::nullopt) << size;
  }
}

TEST(PromisedEnd, OfWavIsUnknownWithoutADataChunk) {
  Bytes wav = riff("RIFF");
  EXPECT_EQ(promised_end_bytes("wav", wav), std::nullopt);
  append_chunk(wav, "LIST", 0xffffffff, 0);
  EXPECT_EQ(promised_end_bytes("wav", wav), std::nullopt);
  EXPECT_EQ(promised_end_bytes("wav", {}), std::nullopt);
}

TEST(PromisedEnd, OfWave64IsItsFirstSize) {
  Bytes w64(16);
  append(w64, std::uint64_t{123456});
  EXPECT_EQ(promised_end_bytes("w64", w64), 123456);
  EXPECT_EQ(promised_end_bytes("w64", Bytes(23)), std::nullopt);
}

TEST(PromisedEnd, OfCafIsTheEndOfItsDataChunk) {
  Bytes caf(8);
  append_tag(caf, "desc");
  const Bytes desc_size = made_of({0, 0, 0, 0, 0, 0, 0, 2, 9, 9});
  caf.insert(caf.end(), desc_size.begin(), desc_size.end());
  append_tag(caf, "data");
  Bytes endless = caf;
  const Bytes data_size = made_of({0, 0, 0, 0, 0, 0, 1, 0});
  caf.insert(caf.end(), data_size.begin(), data_size.end());
  EXPECT_EQ(promised_end_bytes("caf", caf), 8 + 14 + 12 + 256);
  endless.insert(endless.end(), 8, std::byte{0xff});
  EXPECT_EQ(promised_end_bytes("caf", endless), std::nullopt);
}

TEST(PromisedEnd, OfMatroskaIsTheEndOfItsSegment) {
  // Header element of two bytes, then the Segment with a size in one byte, in two, or unknown.
  const Bytes one = made_of({0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0, 0x18, 0x53, 0x80, 0x67, 0x90});
  EXPECT_EQ(promised_end_bytes("matroska", one), 12 + 16);
  const Bytes two =
      made_of({0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0, 0x18, 0x53, 0x80, 0x67, 0x41, 0x02});
  EXPECT_EQ(promised_end_bytes("matroska", two), 13 + 258);
  const Bytes live = made_of({0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0, 0x18, 0x53, 0x80, 0x67, 0x01,
                              0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  EXPECT_EQ(promised_end_bytes("matroska", live), std::nullopt);
  for (std::size_t size = 0; size < one.size(); ++size) {
    EXPECT_EQ(promised_end_bytes("matroska", std::span(one).first(size)), std::nullopt) << size;
  }
}

TEST(PromisedEnd, OfOtherContainersIsUnknown) {
  EXPECT_EQ(promised_end_bytes("mp3", Bytes(1000)), std::nullopt);
}

TEST(OggPage, IsWholeOrCutOff) {
  Bytes page;
  append_tag(page, "OggS");
  page.resize(26);
  page.push_back(std::byte{2});  // two segments, of 255 and 10 bytes
  page.push_back(std::byte{255});
  page.push_back(std::byte{10});
  page.resize(page.size() + 265);
  const Bytes two = [&] {
    Bytes pages = page;
    pages.insert(pages.end(), page.begin(), page.end());
    return pages;
  }();
  EXPECT_FALSE(ends_inside_ogg_page(two));
  for (const std::size_t cut : {1U, 200U, 266U, 280U}) {
    EXPECT_TRUE(ends_inside_ogg_page(std::span(two).first(two.size() - cut))) << cut;
  }
  EXPECT_FALSE(ends_inside_ogg_page(page));
  EXPECT_FALSE(ends_inside_ogg_page({}));
}

TEST(MpegFrame, LengthFollowsFromItsHeader) {
  // Layer 3, 128 kbit/s at 44.1 kHz: 144 * 128000 / 44100 = 417, one more with padding.
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xfb, 0x90, 0x00})), 417U);
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xfb, 0x92, 0x00})), 418U);
  // Version 2, 64 kbit/s at 24 kHz: 72 * 64000 / 24000; version 2.5, 8 kbit/s at 8 kHz.
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xf3, 0x84, 0x00})), 192U);
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xe3, 0x18, 0x00})), 72U);
  // Layer 2, 192 kbit/s at 48 kHz; layer 1, 384 kbit/s at 32 kHz.
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xfd, 0xa4, 0x00})), 576U);
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xff, 0xc8, 0x00})), 576U);
}

TEST(MpegFrame, LengthIsUnknownOfWhatIsNone) {
  EXPECT_EQ(mpeg_frame_bytes({}), 0U);
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xfb, 0x90})), 0U);
  EXPECT_EQ(mpeg_frame_bytes(made_of({0x00, 0xfb, 0x90, 0x00})), 0U);
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xfb, 0x00, 0x00})), 0U);  // free bit rate
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xfb, 0x9c, 0x00})), 0U);  // reserved sample rate
  EXPECT_EQ(mpeg_frame_bytes(made_of({0xff, 0xeb, 0x90, 0x00})), 0U);  // reserved version
}

}  // namespace
}  // namespace tessera::whisper::audio_test
