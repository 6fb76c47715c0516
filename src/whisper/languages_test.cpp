#include "src/whisper/languages.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tessera::whisper {
namespace {

// The order fixes every language's token id: compare with the whole published list.
TEST(Languages, StandInTheOrderOfTheirTokens) {
  const std::string order =
      "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no "
      "th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw "
      "gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl "
      "mg as tt haw ln ha ba jw su yue";
  std::string ours;
  for (const Language& language : kLanguages) {
    ours += (ours.empty() ? "" : " ") + std::string(language.code);
  }
  EXPECT_EQ(ours, order);
}

TEST(Languages, CodesAndNamesAreUnique) {
  std::set<std::string_view> seen;
  for (const Language& language : kLanguages) {
    EXPECT_TRUE(seen.insert(language.code).second) << language.code;
    EXPECT_TRUE(seen.insert(language.name).second) << language.name;
  }
}

TEST(Languages, EveryCodeAndNameLeadsToItsCode) {
  for (const Language& language : kLanguages) {
    EXPECT_EQ(language_code(language.code), language.code);
    EXPECT_EQ(language_code(language.name), language.code);
    EXPECT_EQ(language_name(language.code), language.name);
  }
}

TEST(Languages, NamesAndCodesAreReadInAnyCase) {
  EXPECT_EQ(language_code("ENGLISH"), "en");
  EXPECT_EQ(language_code("Haitian Creole"), "ht");
  EXPECT_EQ(language_code("Haw"), "haw");
  EXPECT_EQ(language_code("YUE"), "yue");
}

TEST(Languages, OtherNamesAreKnown) {
  EXPECT_EQ(language_code("Mandarin"), "zh");
  EXPECT_EQ(language_code("castilian"), "es");
  EXPECT_EQ(language_code("moldovan"), "ro");
  EXPECT_EQ(language_code("moldavian"), "ro");
  EXPECT_EQ(language_code("flemish"), "nl");
  EXPECT_EQ(language_code("jv"), "jw");
  EXPECT_EQ(language_code("JV"), "jw");
}

TEST(Languages, OtherTextsNameNoLanguage) {
  for (const char* text : {"", "e", "eng", "klingon", "<|en|>", " en", "en "}) {
    EXPECT_EQ(language_code(text), std::nullopt) << text;
  }
  EXPECT_EQ(language_name("jv"), std::nullopt);
  EXPECT_EQ(language_name("english"), std::nullopt);
}

}  // namespace
}  // namespace tessera::whisper
