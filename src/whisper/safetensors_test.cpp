#include "src/whisper/safetensors.h"

#include <gmock/gmock.h>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using testing::AllOf;
using testing::HasSubstr;

const std::string kTwoTensors =
    R"({"__metadata__": {"format": "pt"},
        "b": {"dtype": "F16", "shape": [2, 3], "data_offsets": [8, 20]},
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})";

/// The error of opening a file of these bytes.
std::string open_error(const std::string& bytes) {
  const TestFolder folder;
  const auto path = folder.write("x.safetensors", bytes);
  return error_of([&] { SafetensorsFile file(path); });
}

/// The error of a file whose only tensor "t" has this description.
std::string tensor_error(const std::string& info, std::size_t data_bytes) {
  return open_error(safetensors_bytes("{\"t\": " + info + "}", std::string(data_bytes, 'x')));
}

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i));
  return bytes;
}

TEST(Safetensors, ReadsTensorsInFileOrder) {
  const TestFolder folder;
  const std::string data = "0123456789abcdefghij";
  const auto path = folder.write("x.safetensors", safetensors_bytes(kTwoTensors, data));
  const SafetensorsFile file(path);
  ASSERT_EQ(file.entries().size(), 2u);
  EXPECT_EQ(file.entries()[0].name, "a");
  EXPECT_EQ(file.entries()[1].name, "b");
  ASSERT_NE(file.find("b"), nullptr);
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_EQ(file.find("__metadata__"), nullptr);

  const compute::WeightView view = file.weight(*file.find("b"));
  EXPECT_EQ(view.dtype, DType::f16);
  EXPECT_EQ(view.shape, (std::array<std::int64_t, 3>{2, 3, 1}));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(view.data), 12), data.substr(8));
}

TEST(Safetensors, ReadsScalarsEmptyTensorsAndPaddedHeaders) {
  const TestFolder folder;
  const auto path = folder.write(
      "x.safetensors",
      safetensors_bytes(R"({"s": {"dtype": "BF16", "shape": [], "data_offsets": [0, 2]},
                            "e": {"dtype": "F32", "shape": [0, 5], "data_offsets": [0, 0]},
                            "f": {"dtype": "F32", "shape": [0], "data_offsets": [2, 2]}}    )",
                        "xy"));
  const SafetensorsFile file(path);
  EXPECT_EQ(file.entries().size(), 3u);
  EXPECT_EQ(file.weight(*file.find("s")).elements(), 1);
  EXPECT_EQ(file.weight(*file.find("e")).elements(), 0);
}

TEST(Safetensors, RejectsBadHeaderLengths) {
  EXPECT_THAT(open_error(""), HasSubstr("at least 8 bytes, found 0"));
  EXPECT_THAT(open_error("1234567"), HasSubstr("at least 8 bytes, found 7"));
  EXPECT_THAT(open_error(length_bytes(0) + "{}"), HasSubstr("found 0"));
  EXPECT_THAT(open_error(length_bytes(std::uint64_t{1} << 63) + "{}"),
              HasSubstr("found 9223372036854775808"));
  EXPECT_THAT(open_error(length_bytes(~std::uint64_t{0}) + "{}"),
              HasSubstr("found 18446744073709551615"));
  EXPECT_THAT(open_error(length_bytes(100'000'001) + "{}"), HasSubstr("found 100000001"));
  EXPECT_THAT(open_error(length_bytes(100'000'000) + "{}"), HasSubstr("truncated"));
  EXPECT_THAT(open_error(length_bytes(3) + "{}"),
              AllOf(HasSubstr("bad_file: "), HasSubstr("x.safetensors: truncated"),
                    HasSubstr("header has 3 bytes, the file only 2")));
}

TEST(Safetensors, RejectsBadHeaders) {
  EXPECT_THAT(open_error(safetensors_bytes(" {}", "")), HasSubstr("begin with '{'"));
  EXPECT_THAT(open_error(safetensors_bytes("[]", "")), HasSubstr("begin with '{'"));
  EXPECT_THAT(open_error(safetensors_bytes("{\"a\"", "")), HasSubstr("not valid JSON"));
  EXPECT_THAT(open_error(safetensors_bytes("{} {", "")), HasSubstr("not valid JSON"));
  const std::string nested = "{\"a\":" + std::string(100'000, '[');
  EXPECT_THAT(open_error(safetensors_bytes(nested, "")), HasSubstr("levels deep"));
  // A header cut short in the middle: the length still fits the file.
  EXPECT_THAT(open_error(safetensors_bytes(kTwoTensors.substr(0, 150), "xxxx")),
              HasSubstr("not valid JSON"));
}

TEST(Safetensors, RejectsDuplicateNames) {
  const std::string header =
      R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
          "a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})";
  EXPECT_THAT(open_error(safetensors_bytes(header, "12345678")), HasSubstr("'a' appears twice"));
}

TEST(Safetensors, RejectsIncompleteDescriptions) {
  EXPECT_THAT(tensor_error("7", 0), HasSubstr("tensor t: expected dtype, shape"));
  EXPECT_THAT(tensor_error(R"({"shape": [1], "data_offsets": [0, 4]})", 4),
              HasSubstr("tensor t: expected a text dtype"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "data_offsets": [0, 4]})", 4),
              HasSubstr("tensor t: expected a list shape"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "shape": [1]})", 4),
              HasSubstr("tensor t: expected a list data_offsets"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "shape": [1], "data_offsets": [0]})", 4),
              HasSubstr("expected data_offsets [begin, end]"));
  EXPECT_THAT(tensor_error(R"({"dtype": "Q4", "shape": [1], "data_offsets": [0, 4]})", 4),
              HasSubstr("unknown dtype 'Q4'"));
}

TEST(Safetensors, RejectsNumbersThatAreNotSizes) {
  for (const char* bad : {"-1", "1.5", "1e3", "18446744073709551616", "\"1\"", "null", "true"}) {
    const std::string shape =
        std::string(R"({"dtype": "F32", "data_offsets": [0, 4], "shape": [)") + bad + "]}";
    EXPECT_THAT(tensor_error(shape, 4), HasSubstr("expected whole numbers in shape")) << bad;
    const std::string offsets =
        std::string(R"({"dtype": "F32", "shape": [1], "data_offsets": [0, )") + bad + "]}";
    EXPECT_THAT(tensor_error(offsets, 4), HasSubstr("expected whole numbers in data_offsets"))
        << bad;
  }
}

TEST(Safetensors, RejectsOverflowingShapes) {
  // 2^32 x 2^32 = 2^64, which would wrap to 0 bytes; 2^62 F32 elements wrap to 0 bytes too.
  for (const char* shape :
       {"4294967296, 4294967296", "4611686018427387904", "9223372036854775808, 0",
        "2305843009213693953, 2", "18446744073709551615, 18446744073709551615"}) {
    const std::string info =
        std::string(R"({"dtype": "F32", "data_offsets": [0, 0], "shape": [)") + shape + "]}";
    EXPECT_THAT(tensor_error(info, 0), HasSubstr("tensor t: the product of its shape")) << shape;
  }
}

TEST(Safetensors, RejectsRangesThatDoNotFit) {
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "shape": [2], "data_offsets": [0, 8]})", 7),
              HasSubstr("tensor t: truncated: its data ends at byte 8, the file has 7"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "shape": [2], "data_offsets": [0, 4]})", 4),
              HasSubstr("expected 8 bytes from its shape and dtype, data_offsets hold 4"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "shape": [1], "data_offsets": [4, 0]})", 4),
              HasSubstr("begin <= end"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F4", "shape": [3], "data_offsets": [0, 1]})", 1),
              HasSubstr("whole bytes"));
}

TEST(Safetensors, RejectsHolesAndOverlaps) {
  const auto two = [](int begin) {
    const std::string range = std::to_string(begin) + ", " + std::to_string(begin + 4);
    return R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
               "b": {"dtype": "F32", "shape": [1], "data_offsets": [)" +
           range + "]}}";
  };
  EXPECT_EQ(open_error(safetensors_bytes(two(4), "12345678")), "");
  EXPECT_THAT(open_error(safetensors_bytes(two(2), "123456")),
              HasSubstr("tensor b: overlap with another tensor at its data, byte 2"));
  EXPECT_THAT(open_error(safetensors_bytes(two(0), "1234")), HasSubstr("overlap"));
  EXPECT_THAT(open_error(safetensors_bytes(two(5), "123456789")),
              HasSubstr("tensor b: unused bytes before its data, byte 5"));
  EXPECT_THAT(open_error(safetensors_bytes(two(4), "123456789")),
              HasSubstr("1 bytes after the last tensor"));
  EXPECT_THAT(tensor_error(R"({"dtype": "F32", "shape": [1], "data_offsets": [1, 5]})", 5),
              HasSubstr("tensor t: unused bytes before its data"));
  EXPECT_THAT(open_error(safetensors_bytes("{}", "x")), HasSubstr("1 bytes after the last"));
}

TEST(Safetensors, NamesTheDtypeThatIsNoWeight) {
  const TestFolder folder;
  const auto path = folder.write(
      "x.safetensors",
      safetensors_bytes(R"({"i": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]},
                            "r": {"dtype": "F16", "shape": [1, 1, 1, 1], "data_offsets": [8, 10]}})",
                        "1234567890"));
  const SafetensorsFile file(path);
  EXPECT_THAT(error_of([&] { file.weight(*file.find("i")); }),
              HasSubstr("x.safetensors: tensor i: expected F32, F16 or BF16, file has I64"));
  EXPECT_THAT(error_of([&] { file.weight(*file.find("r")); }),
              HasSubstr("tensor r: expected at most 3 dimensions, file has 4"));
}

TEST(Safetensors, KeepsControlCharactersOutOfMessages) {
  const std::string header = R"({"a\nb": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})";
  const std::string error = open_error(safetensors_bytes(header, ""));
  EXPECT_THAT(error, HasSubstr("tensor a?b: truncated"));
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace tessera::whisper
