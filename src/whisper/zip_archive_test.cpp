#include "src/whisper/zip_archive.h"

#include <gmock/gmock.h>

#include "src/whisper/test_archive.h"
#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<TestEntry> kEntries = {{"a/one", "first"}, {"a/two", ""}, {"b", "third entry"}};

std::string archive_error(const std::string& file) {
  return error_of([&] { ZipArchive(as_bytes(file), "x.pt"); });
}

std::string text(const ZipEntry& entry) {
  return {reinterpret_cast<const char*>(entry.data.data()), entry.data.size()};
}

void expect_entries(const std::string& file) {
  const ZipArchive archive(as_bytes(file), "x.pt");
  ASSERT_EQ(archive.entries().size(), kEntries.size());
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    EXPECT_EQ(archive.entries()[i].name, kEntries[i].name);
    EXPECT_EQ(text(archive.entries()[i]), kEntries[i].data);
    EXPECT_EQ(archive.find(kEntries[i].name), &archive.entries()[i]);
  }
  EXPECT_EQ(archive.find("a"), nullptr);
  EXPECT_EQ(archive.find("c"), nullptr);
}

TEST(ZipArchive, FindsEntriesWhereTheyLie) {
  for (const bool zip64 : {false, true}) {
    expect_entries(zip_bytes(kEntries, zip64));
    expect_entries(zip_bytes(kEntries, zip64, "a comment"));
    expect_entries(zip_bytes(kEntries, zip64, std::string(65535, 'x')));
    // A comment that looks like the beginning of an end record.
    expect_entries(zip_bytes(kEntries, zip64, std::string("PK\5\6") + std::string(40, '\1')));
  }
  const std::string file = zip_bytes(kEntries);
  const ZipArchive archive(as_bytes(file), "x.pt");
  EXPECT_EQ(archive.entries()[0].data.data(), as_bytes(file).data() + 30 + 5);
  EXPECT_EQ(archive.entries()[0].crc32, 0x9271ee57);  // zlib.crc32(b"first")
  EXPECT_TRUE(ZipArchive(as_bytes(zip_bytes({})), "x.pt").entries().empty());
}

TEST(ZipArchive, KnowsArchivesByTheirBeginning) {
  EXPECT_TRUE(is_zip_archive(as_bytes(zip_bytes(kEntries))));
  EXPECT_FALSE(is_zip_archive(as_bytes("PK")));
  EXPECT_FALSE(is_zip_archive({}));
}

TEST(ZipArchive, InflatesWhereThatIsAllowed) {
  const std::string text = "the same again and again, the same again and again";
  for (const bool zip64 : {false, true}) {
    const std::string file = zip_bytes({deflated_entry("a", text), {"b", "stored"}}, zip64);
    EXPECT_THAT(archive_error(file), HasSubstr("expected it stored, found compression method 8"));
    const ZipArchive archive(as_bytes(file), "x.whl", ZipMethods::stored_or_deflated);
    const auto extracted = [&](const char* name) {
      const std::vector<std::byte> bytes = archive.extract(*archive.find(name), text.size());
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    EXPECT_EQ(extracted("a"), text);
    EXPECT_EQ(extracted("b"), "stored");
    EXPECT_EQ(error_of([&] { archive.extract(*archive.find("a"), text.size() - 1); }),
              "bad_file: x.whl: entry a: expected at most 49 bytes, found 50");
  }
}

TEST(ZipArchive, TellsDamagedFilesFromSoundOnes) {
  const std::string text(1000, 'x');
  const auto extract_error = [&](TestEntry entry) {
    const std::string file = zip_bytes({std::move(entry)});
    const ZipArchive archive(as_bytes(file), "x.whl", ZipMethods::stored_or_deflated);
    return error_of([&] { archive.extract(archive.entries().front(), 10'000); });
  };
  TestEntry shorter = deflated_entry("a", text), longer = shorter, cut = shorter, other = shorter;
  shorter.file += 'x';
  longer.file.pop_back();
  cut.data.pop_back();
  other.file.back() = 'y';
  for (const TestEntry& entry : {shorter, longer, cut}) {
    EXPECT_EQ(extract_error(entry),
              "bad_file: x.whl: entry a: damaged: its compressed data make another file");
  }
  EXPECT_EQ(extract_error(other), "bad_file: x.whl: entry a: damaged: its checksum is another");
}

TEST(ZipArchive, RefusesCompressedAndEncryptedEntries) {
  EXPECT_EQ(archive_error(zip_bytes({{"a", "x", 0, 8}})),
            "unsupported: x.pt: entry a: expected it stored, found compression method 8");
  EXPECT_EQ(archive_error(zip_bytes({{"a", "x", 1, 0}})),
            "unsupported: x.pt: entry a is encrypted");
  EXPECT_EQ(archive_error(zip_bytes({{"a", "x", 8, 0}})), "")
      << "sizes after the data are no trouble";
}

TEST(ZipArchive, RefusesANameThatComesTwice) {
  EXPECT_EQ(archive_error(zip_bytes({{"a", "x"}, {"b", "y"}, {"a", "x"}})),
            "bad_file: x.pt: entry a is there twice");
}

TEST(ZipArchive, RefusesEntriesThatOverlap) {
  // Two entries of the directory lead to one header.
  std::string file = zip_bytes({{"a", "x"}, {"a", "y"}});
  const std::size_t second = file.rfind("PK\1\2");
  file.replace(second + 42, 4, little_endian(0, 4));
  EXPECT_THAT(archive_error(file), HasSubstr("bad_file: x.pt: entry a overlaps a"));
  // The first reaches into the second.
  file = zip_bytes({{"a", "x"}, {"b", "y"}});
  const std::size_t first = file.find("PK\1\2");
  for (const int place : {20, 24}) file.replace(first + place, 4, little_endian(2, 4));
  EXPECT_THAT(archive_error(file), HasSubstr("entry b overlaps a"));
}

TEST(ZipArchive, RefusesHeadersThatContradictTheDirectory) {
  const std::string sound = zip_bytes(kEntries);
  std::string file = sound;
  file.replace(30, 5, "b/one");
  EXPECT_THAT(archive_error(file), HasSubstr("entry a/one: its header says another name"));
  file = sound;
  file[2] = 'x';
  EXPECT_THAT(archive_error(file), HasSubstr("entry a/one: its header is not where it should be"));
  file = sound;
  file[sound.find("PK\1\2") + 1] = 'x';
  EXPECT_THAT(archive_error(file), HasSubstr("expected another entry in the archive's directory"));
  file = sound;
  file.replace(sound.find("PK\1\2") + 20, 4, little_endian(4, 4));
  EXPECT_THAT(archive_error(file), HasSubstr("entry a/one: two sizes"));
}

TEST(ZipArchive, RefusesArchivesOfSeveralParts) {
  std::string file = zip_bytes(kEntries);
  file[file.size() - 22 + 4] = 1;
  EXPECT_THAT(archive_error(file),
              StartsWith("unsupported: x.pt: expected a ZIP archive in one piece"));
}

TEST(ZipArchive, RefusesEndRecordsThatDisagree) {
  std::string file = zip_bytes(kEntries, /*zip64=*/true);
  file.replace(file.size() - 22 + 10, 2, little_endian(2, 2));
  EXPECT_THAT(archive_error(file), HasSubstr("disagree"));
}

TEST(ZipArchive, SurvivesTruncationEverywhere) {
  for (const bool zip64 : {false, true}) {
    const std::string file = zip_bytes(kEntries, zip64);
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_THAT(archive_error(file.substr(0, size)),
                  AllOf(StartsWith("bad_file: x.pt: "), HasSubstr("truncated")))
          << size;
      EXPECT_THAT(archive_error(file.substr(size + 1)), StartsWith("bad_file: x.pt: ")) << size;
    }
  }
}

/// Every field of 2, 4 and 8 bytes, whatever it means, with every absurd value: an error, or an
/// archive whose entries lie inside the file.
TEST(ZipArchive, SurvivesAnyFieldSetToAnything) {
  for (const bool zip64 : {false, true}) {
    const std::string sound = zip_bytes(kEntries, zip64);
    for (std::size_t place = 0; place + 2 <= sound.size(); ++place) {
      for (const std::uint64_t value :
           {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 31, std::uint64_t{1} << 63}) {
        for (const int bytes : {2, 4, 8}) {
          if (place + bytes > sound.size()) continue;
          std::string file = sound;
          file.replace(place, bytes, little_endian(value, bytes));
          try {
            const ZipArchive archive(as_bytes(file), "x.pt");
            for (const ZipEntry& entry : archive.entries()) {
              ASSERT_GE(entry.data.data(), as_bytes(file).data());
              ASSERT_LE(entry.data.data() + entry.data.size(), as_bytes(file).data() + file.size());
            }
          } catch (const Error& archive_error) {
            ASSERT_THAT(archive_error.what(), StartsWith("x.pt: ")) << place;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::whisper
