#include "src/whisper/languages.h"

#include <algorithm>

namespace tessera::whisper {

// clang-format off
const std::array<Language, 100> kLanguages = {{
    {"en", "english"}, {"zh", "chinese"}, {"de", "german"}, {"es", "spanish"}, {"ru", "russian"},
    {"ko", "korean"}, {"fr", "french"}, {"ja", "japanese"}, {"pt", "portuguese"}, {"tr", "turkish"},
    {"pl", "polish"}, {"ca", "catalan"}, {"nl", "dutch"}, {"ar", "arabic"}, {"sv", "swedish"},
    {"it", "italian"}, {"id", "indonesian"}, {"hi", "hindi"}, {"fi", "finnish"},
    {"vi", "vietnamese"}, {"he", "hebrew"}, {"uk", "ukrainian"}, {"el", "greek"}, {"ms", "malay"},
    {"cs", "czech"}, {"ro", "romanian"}, {"da", "danish"}, {"hu", "hungarian"}, {"ta", "tamil"},
    {"no", "norwegian"}, {"th", "thai"}, {"ur", "urdu"}, {"hr", "croatian"}, {"bg", "bulgarian"},
    {"lt", "lithuanian"}, {"la", "latin"}, {"mi", "maori"}, {"ml", "malayalam"}, {"cy", "welsh"},
    {"sk", "slovak"}, {"te", "telugu"}, {"fa", "persian"}, {"lv", "latvian"}, {"bn", "bengali"},
    {"sr", "serbian"}, {"az", "azerbaijani"}, {"sl", "slovenian"}, {"kn", "kannada"},
    {"et", "estonian"}, {"mk", "macedonian"}, {"br", "breton"}, {"eu", "basque"},
    {"is", "icelandic"}, {"hy", "armenian"}, {"ne", "nepali"}, {"mn", "mongolian"},
    {"bs", "bosnian"}, {"kk", "kazakh"}, {"sq", "albanian"}, {"sw", "swahili"}, {"gl", "galician"},
    {"mr", "marathi"}, {"pa", "punjabi"}, {"si", "sinhala"}, {"km", "khmer"}, {"sn", "shona"},
    {"yo", "yoruba"}, {"so", "somali"}, {"af", "afrikaans"}, {"oc", "occitan"}, {"ka", "georgian"},
    {"be", "belarusian"}, {"tg", "tajik"}, {"sd", "sindhi"}, {"gu", "gujarati"}, {"am", "amharic"},
    {"yi", "yiddish"}, {"lo", "lao"}, {"uz", "uzbek"}, {"fo", "faroese"}, {"ht", "haitian creole"},
    {"ps", "pashto"}, {"tk", "turkmen"}, {"nn", "nynorsk"}, {"mt", "maltese"}, {"sa", "sanskrit"},
    {"lb", "luxembourgish"}, {"my", "myanmar"}, {"bo", "tibetan"}, {"tl", "tagalog"},
    {"mg", "malagasy"}, {"as", "assamese"}, {"tt", "tatar"}, {"haw", "hawaiian"}, {"ln", "lingala"},
    {"ha", "hausa"}, {"ba", "bashkir"}, {"jw", "javanese"}, {"su", "sundanese"},
    {"yue", "cantonese"},
}};
// clang-format on

namespace {

/// Other names, from openai-whisper's TO_LANGUAGE_CODE, and the ISO 639 code of Javanese.
constexpr Language kAliases[] = {
    {"my", "burmese"},   {"ca", "valencian"},     {"nl", "flemish"},
    {"ht", "haitian"},   {"lb", "letzeburgesch"}, {"ps", "pushto"},
    {"pa", "panjabi"},   {"ro", "moldavian"},     {"ro", "moldovan"},
    {"si", "sinhalese"}, {"es", "castilian"},     {"zh", "mandarin"},
    {"jw", "jv"},
};

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

std::optional<std::string> language_code(std::string_view name_or_code) {
  const std::string wanted = lower_ascii(name_or_code);
  const auto matches = [&](const Language& l) { return l.code == wanted || l.name == wanted; };
  const auto language = std::ranges::find_if(kLanguages, matches);
  if (language != kLanguages.end()) return std::string(language->code);
  const auto alias = std::ranges::find(kAliases, wanted, &Language::name);
  if (alias != std::end(kAliases)) return std::string(alias->code);
  return std::nullopt;
}

std::optional<std::string> language_name(std::string_view code) {
  const auto language = std::ranges::find(kLanguages, code, &Language::code);
  if (language == kLanguages.end()) return std::nullopt;
  return std::string(language->name);
}

}  // namespace tessera::whisper
