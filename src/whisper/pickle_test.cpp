#include "src/whisper/pickle.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <map>
#include <utility>

#include "src/whisper/test_archive.h"
#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Kind = PickleValue::Kind;

constexpr std::string_view kGlobals[] = {"collections OrderedDict", "torch._utils rebuild"};

Pickle parse(const std::string& bytes) { return parse_pickle(as_bytes(bytes), "x.pt", kGlobals); }

std::string pickle_error(const std::string& bytes) {
  return error_of([&] { parse(bytes); });
}

std::string pickle_error(PickleWriter& writer) { return pickle_error(writer.finish()); }

/// A value as text, with its parts.
std::string shown(const Pickle& pickle, std::uint32_t index) {
  const PickleValue& value = pickle.at(index);
  std::string items;
  for (const std::uint32_t item : value.items) {
    items += (items.empty() ? "" : " ") + shown(pickle, item);
  }
  switch (value.kind) {
    case Kind::boolean:
      return value.integer != 0 ? "true" : "false";
    case Kind::integer:
      return std::to_string(value.integer);
    case Kind::text:
      return "'" + std::string(value.text) + "'";
    case Kind::tuple:
      return "(" + items + ")";
    case Kind::dictionary:
      return "{" + items + "}";
    case Kind::global:
      return "<" + std::string(value.text) + ">";
    case Kind::call:
      return "call[" + items + "]";
    case Kind::persistent:
      return "persistent[" + items + "]";
  }
  return "?";
}

std::string shown(PickleWriter& writer) {
  const std::string bytes = writer.finish();
  const Pickle pickle = parse(bytes);
  return shown(pickle, pickle.root);
}

TEST(Pickle, ReadsValues) {
  EXPECT_EQ(shown(PickleWriter().integer(-5)), "-5");
  EXPECT_EQ(shown(PickleWriter().raw("K\xff")), "255");
  EXPECT_EQ(shown(PickleWriter().raw("M\xff\xff")), "65535");
  EXPECT_EQ(shown(PickleWriter().raw("\x88")), "true");
  EXPECT_EQ(shown(PickleWriter().raw("\x89")), "false");
  EXPECT_EQ(shown(PickleWriter().text("")), "''");
  EXPECT_EQ(shown(PickleWriter().raw(")")), "()");
  EXPECT_EQ(shown(PickleWriter().raw("K\1\x85")), "(1)");
  EXPECT_EQ(shown(PickleWriter().raw("K\1K\2\x86")), "(1 2)");
  EXPECT_EQ(shown(PickleWriter().raw("K\1K\2K\3\x87")), "(1 2 3)");
  EXPECT_EQ(shown(PickleWriter().integers({1, 2, 3, 4})), "(1 2 3 4)");
  EXPECT_EQ(shown(PickleWriter().raw("(t")), "()");
}

TEST(Pickle, ReadsDictionariesAndCalls) {
  EXPECT_EQ(shown(PickleWriter().raw("}").text("a").raw("K\1s(").text("b").raw("K\2").text("c").raw(
                "}u")),
            "{'a' 1 'b' 2 'c' {}}");
  EXPECT_EQ(
      shown(
          PickleWriter().global("torch._utils", "rebuild").raw("(").text("s").raw("K\1\x86QK\7tR")),
      "call[<torch._utils rebuild> (persistent[('s' 1)] 7)]");
  // An OrderedDict, and attributes that are dropped.
  EXPECT_EQ(shown(PickleWriter()
                      .global("collections", "OrderedDict")
                      .raw(")R")
                      .text("a")
                      .raw("K\1s}")
                      .text("_metadata")
                      .raw("K\1sb")),
            "{'a' 1}");
}

TEST(Pickle, RemembersValues) {
  EXPECT_EQ(shown(PickleWriter()
                      .text("a")
                      .raw("q\5h\5r")
                      .raw(little_endian(256, 4))
                      .raw("j")
                      .raw(little_endian(256, 4))
                      .raw("\x87")),
            "('a' 'a' 'a')");
  EXPECT_THAT(pickle_error(PickleWriter().raw("h\5")), HasSubstr("asks for value 5"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("K\1q\2h\1")), HasSubstr("asks for value 1"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("K\1r\xff\xff\xff\xff")), HasSubstr("memo below"));
}

TEST(Pickle, MayMakeCycles) {
  // A dictionary that holds itself.
  const std::string bytes = PickleWriter().raw("}q\1").text("me").raw("h\1s").finish();
  const Pickle pickle = parse(bytes);
  EXPECT_EQ(pickle.at(pickle.root).items[1], pickle.root);
}

/// The opcodes that checkpoints are made of, each with what must be there for it to work.
const std::map<unsigned char, std::string> kKnown = {
    {'(', "(t"},
    {'.', "K\1"},
    {'J', "J\1\1\1\1"},
    {'K', "K\1"},
    {'M', "M\1\1"},
    {'Q', ")Q"},
    {'R', "ctorch._utils\nrebuild\n)R"},
    {'X', std::string("X\1\0\0\0a", 6)},
    {'b', "}}b"},
    {'c', "ctorch._utils\nrebuild\n"},
    {'h', "K\1q\1h\1\x86"},
    {'j', std::string("K\1q\1j\1\0\0\0\x86", 10)},
    {'q', "K\1q\1"},
    {'r', std::string("K\1r\1\0\0\0", 7)},
    {'s', "}K\1K\2s"},
    {'t', "(t"},
    {'u', "}(u"},
    {'}', "}"},
    {')', ")"},
    {0x85, "K\1\x85"},
    {0x86, "K\1K\2\x86"},
    {0x87, "K\1K\2K\3\x87"},
    {0x88, "\x88"},
    {0x89, "\x89"},
};

TEST(Pickle, TakesTheOpcodesOfCheckpointsAndNoOther) {
  for (int code = 0; code < 256; ++code) {
    const auto known = kKnown.find(static_cast<unsigned char>(code));
    if (known != kKnown.end()) {
      EXPECT_EQ(pickle_error(PickleWriter().raw(known->second)), "") << code;
      continue;
    }
    char name[8];
    std::snprintf(name, sizeof name, "0x%02x", code);
    // With values before it and bytes behind it that an operation of any kind could take.
    const std::string opcode(1, static_cast<char>(code));
    EXPECT_THAT(pickle_error(PickleWriter().raw("}(K\1K\2").raw(opcode).raw("os\nsystem\n1\n")),
                AllOf(StartsWith("unsupported: x.pt: the pickle uses opcode "), HasSubstr(name)))
        << code;
  }
}

TEST(Pickle, NamesTheOperationsThatItRefuses) {
  const std::pair<std::string, std::string> operations[] = {{"i", "INST"},
                                                            {"o", "OBJ"},
                                                            {"\x81", "NEWOBJ"},
                                                            {"\x92", "NEWOBJ_EX"},
                                                            {"\x93", "STACK_GLOBAL"},
                                                            {"\x82", "EXT1"},
                                                            {"P", "PERSID"},
                                                            {"N", "NONE"},
                                                            {"]", "EMPTY_LIST"},
                                                            {"\x95", "FRAME"},
                                                            {"\x96", "BYTEARRAY8"}};
  for (const auto& [opcode, name] : operations) {
    EXPECT_THAT(pickle_error(PickleWriter().raw(opcode)), HasSubstr("(" + name + ") at byte 2"))
        << name;
  }
}

TEST(Pickle, TakesTheGivenClassesAndFunctionsAndNoOther) {
  const std::pair<const char*, const char*> others[] = {{"os", "system"},
                                                        {"posix", "system"},
                                                        {"builtins", "eval"},
                                                        {"builtins", "exec"},
                                                        {"__builtin__", "getattr"},
                                                        {"subprocess", "Popen"},
                                                        {"torch", "load"},
                                                        {"torch._utils", "rebuild2"},
                                                        {"torch._utils", "rebuil"},
                                                        {"torch._utils", ""},
                                                        {"", "rebuild"},
                                                        {"torch", "_utils rebuild"},
                                                        {"collections", "deque"},
                                                        {"collections OrderedDict", ""},
                                                        {"", ""}};
  for (const auto& [module, name] : others) {
    EXPECT_EQ(pickle_error(PickleWriter().global(module, name).raw("(").text("true").raw("tR")),
              std::string("unsupported: x.pt: the pickle uses the class or function ") + module +
                  "." + name + ", which no checkpoint of weights needs");
  }
  EXPECT_THAT(pickle_error(PickleWriter().global("a\rb", std::string(200, 'x'))),
              Not(HasSubstr("\r")));
  EXPECT_THAT(pickle_error(PickleWriter().global("a", std::string(300, 'x'))),
              HasSubstr("a name of at most 256 bytes"));
  EXPECT_THAT(pickle_error(PickleWriter().global("collections", "OrderedDict").raw("K\1\x85R")),
              HasSubstr("unsupported: x.pt: the pickle uses a collections.OrderedDict with"));
}

TEST(Pickle, RefusesValuesOfTheWrongKind) {
  EXPECT_THAT(pickle_error(PickleWriter().raw("K\1)R")), HasSubstr("class or function to call"));
  EXPECT_THAT(pickle_error(PickleWriter().global("torch._utils", "rebuild").raw("K\1R")),
              HasSubstr("expected a tuple of arguments in the pickle, found a whole number"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("K\1Q")), HasSubstr("a tuple as persistent id"));
  EXPECT_THAT(pickle_error(PickleWriter().raw(")K\1K\2s")), HasSubstr("a dictionary to fill"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("}(K\1u")), HasSubstr("a key without a value"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("K\1}b")), HasSubstr("a dictionary with attributes"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("}K\1b")), HasSubstr("a dictionary of attributes"));
}

TEST(Pickle, RefusesAnEmptyStack) {
  for (const char* program : {"\x85", "\x86", "\x87", "R", "Q", "s", "b", "q\1", "(\x85", "}(s"}) {
    EXPECT_THAT(pickle_error(PickleWriter().raw(program)),
                HasSubstr("bad_file: x.pt: the pickle takes a value that is not there"))
        << program;
  }
  for (const char* program : {"t", "u", "K\1t"}) {
    EXPECT_THAT(pickle_error(PickleWriter().raw(program)),
                HasSubstr("ends a list that it did not begin"));
  }
  for (const char* program : {"", "K\1K\2", "(K\1", "K\1("}) {
    EXPECT_THAT(pickle_error(PickleWriter().raw(program)), HasSubstr("expected one value"))
        << program;
  }
}

TEST(Pickle, BoundsWhatAFileMayAskFor) {
  EXPECT_THAT(pickle_error(PickleWriter().raw(std::string(65, '('))), HasSubstr("64 levels deep"));
  EXPECT_THAT(pickle_error(PickleWriter().raw(std::string((1 << 20) + 1, '}'))),
              HasSubstr("at most 1048576 values"));
  std::string gets = "}q\1";
  for (int i = 0; i < 1 << 20; ++i) gets += "h\1";
  EXPECT_THAT(pickle_error(PickleWriter().raw(gets)), HasSubstr("at most 1048576 values at once"));
  EXPECT_THAT(pickle_error(PickleWriter().raw(std::string(std::size_t{17} << 20, '}'))),
              HasSubstr("at most 16777216 bytes"));
  // A tuple in a tuple in a tuple ...: no recursion, neither here nor at its end.
  EXPECT_EQ(pickle_error(PickleWriter().raw(")").raw(std::string(500000, '\x85'))), "");
}

TEST(Pickle, RefusesLengthsBeyondTheFile) {
  for (const std::uint64_t length :
       {std::uint64_t{5}, std::uint64_t{1} << 31, std::uint64_t{0xffffffff}}) {
    EXPECT_THAT(pickle_error(PickleWriter().raw("X").raw(little_endian(length, 4)).raw("abc")),
                HasSubstr("truncated: expected " + std::to_string(length) + " bytes of a text"));
  }
}

TEST(Pickle, RefusesWhatIsNotAPickleOfProtocol2) {
  EXPECT_THAT(pickle_error("K\1."), HasSubstr("bad_file: x.pt: expected a pickle"));
  EXPECT_THAT(pickle_error(""), HasSubstr("truncated"));
  EXPECT_THAT(pickle_error("\x80\x04K\1."),
              HasSubstr("unsupported: x.pt: the pickle uses protocol 4"));
  EXPECT_THAT(pickle_error(PickleWriter().finish() + "x"), HasSubstr("expected one value"));
  EXPECT_THAT(pickle_error(PickleWriter().raw("K\1").finish() + "xy"), HasSubstr("2 bytes after"));
}

TEST(Pickle, SurvivesTruncationEverywhere) {
  const std::string bytes = PickleWriter()
                                .raw("}q\1(")
                                .text("key")
                                .integer(70000)
                                .text("tensor")
                                .global("torch._utils", "rebuild")
                                .integers({1, 2, 3})
                                .raw("Ru")
                                .finish();
  EXPECT_EQ(pickle_error(bytes), "");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(pickle_error(bytes.substr(0, size)), StartsWith("bad_file: x.pt: ")) << size;
  }
}

}  // namespace
}  // namespace tessera::whisper
