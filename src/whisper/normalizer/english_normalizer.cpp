#include "src/whisper/normalizer/english_normalizer.h"

#include "src/whisper/normalizer/code_points.h"
#include "src/whisper/normalizer/english_numbers.h"
#include "src/whisper/normalizer/rewriting.h"
#include "src/whisper/normalizer/spellings.h"

namespace tessera::whisper {
namespace {

/// In this order: what is short for several words, titles, then the endings.
constexpr Replacement kContractions[] = {
    {true, U"won't", U"will not"},
    {true, U"can't", U"can not"},
    {true, U"let's", U"let us"},
    {true, U"ain't", U"aint"},
    {true, U"y'all", U"you all"},
    {true, U"wanna", U"want to"},
    {true, U"gotta", U"got to"},
    {true, U"gonna", U"going to"},
    {true, U"i'ma", U"i am going to"},
    {true, U"imma", U"i am going to"},
    {true, U"woulda", U"would have"},
    {true, U"coulda", U"could have"},
    {true, U"shoulda", U"should have"},
    {true, U"ma'am", U"madam"},
    {true, U"mr", U"mister "},
    {true, U"mrs", U"missus "},
    {true, U"st", U"saint "},
    {true, U"dr", U"doctor "},
    {true, U"prof", U"professor "},
    {true, U"capt", U"captain "},
    {true, U"gov", U"governor "},
    {true, U"ald", U"alderman "},
    {true, U"gen", U"general "},
    {true, U"sen", U"senator "},
    {true, U"rep", U"representative "},
    {true, U"pres", U"president "},
    {true, U"rev", U"reverend "},
    {true, U"hon", U"honorable "},
    {true, U"asst", U"assistant "},
    {true, U"assoc", U"associate "},
    {true, U"lt", U"lieutenant "},
    {true, U"col", U"colonel "},
    {true, U"jr", U"junior "},
    {true, U"sr", U"senior "},
    {true, U"esq", U"esquire "},
    {false, U"'d been", U" had been"},
    {false, U"'s been", U" has been"},
    {false, U"'d gone", U" had gone"},
    {false, U"'s gone", U" has gone"},
    {false, U"'d done", U" had done"},
    {false, U"'s got", U" has got"},
    {false, U"n't", U" not"},
    {false, U"'re", U" are"},
    {false, U"'s", U" is"},
    {false, U"'d", U" would"},
    {false, U"'ll", U" will"},
    {false, U"'t", U" not"},
    {false, U"'ve", U" have"},
    {false, U"'m", U" am"},
};

/// Signs that mean something beside digits.
constexpr std::u32string_view kNumberSigns = U".%$¢€£";

/// \b(hmm|mm|mhm|mmm|uh|um)\b removed.
std::u32string without_fillers(std::u32string text) {
  for (const std::u32string_view filler : {U"hmm", U"mm", U"mhm", U"mmm", U"uh", U"um"}) {
    text = replace_literal(text, {true, filler, U""});
  }
  return text;
}

/// \s+' without the white space.
std::u32string apostrophes_behind_words(std::u32string_view text) {
  std::u32string result;
  for (const char32_t c : text) {
    while (c == U'\'' && !result.empty() && is_space(result.back())) result.pop_back();
    result += c;
  }
  return result;
}

/// (\d),(\d) without the comma. A digit ends one match or begins one: of 1,2,3 one comma stays.
std::u32string without_commas_in_numbers(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    const bool comma = i + 2 < text.size() && is_decimal_digit(text[i]) && text[i + 1] == U',' &&
                       is_decimal_digit(text[i + 2]);
    if (!comma) continue;
    result += text[i + 2];
    i += 2;
  }
  return result;
}

/// A blank for each of `signs` that no digit follows, [signs]([^0-9]), or with `at_end` also for
/// one that ends the text. What follows is taken with it: of ".." only the first is seen.
std::u32string blank_signs_without_digits(std::u32string_view text, std::u32string_view signs,
                                          bool at_end) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool sign = signs.find(text[i]) != std::u32string_view::npos;
    const bool last = i + 1 == text.size();
    if (!sign || (last ? !at_end : is_ascii_digit(text[i + 1]))) {
      result += text[i];
      continue;
    }
    result += U' ';
    if (!last) result += text[++i];
  }
  return result;
}

/// ([^0-9])% with a blank for the sign.
std::u32string blank_percent_without_digits(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    const bool percent = !is_ascii_digit(text[i]) && i + 1 < text.size() && text[i + 1] == U'%';
    if (!percent) continue;
    result += U' ';
    ++i;
  }
  return result;
}

}  // namespace

std::u32string normalize_english(std::u32string_view text) {
  std::u32string said = without_fillers(remove_bracketed(lower(text)));
  said = apostrophes_behind_words(said);
  for (const Replacement& contraction : kContractions) said = replace_literal(said, contraction);
  said = without_commas_in_numbers(said);
  said = blank_signs_without_digits(said, U".", true);
  said = blank_symbols_and_diacritics(said, kNumberSigns);
  said = american_spelling(normalize_english_numbers(said));
  said = blank_signs_without_digits(said, U".$¢€£", false);
  return squeeze_spaces(blank_percent_without_digits(said));
}

}  // namespace tessera::whisper
