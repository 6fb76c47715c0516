#include "src/whisper/normalizer/number_words.h"

#include <unordered_map>

namespace tessera::whisper {
namespace {

using Kind = NumberWord::Kind;
using Table = std::unordered_map<std::u32string, NumberWord>;

void add_ones(Table& table) {
  constexpr std::u32string_view kOnes[] = {
      U"one",     U"two",     U"three",     U"four",     U"five",    U"six",      U"seven",
      U"eight",   U"nine",    U"ten",       U"eleven",   U"twelve",  U"thirteen", U"fourteen",
      U"fifteen", U"sixteen", U"seventeen", U"eighteen", U"nineteen"};
  int value = 0;
  for (const std::u32string_view name : kOnes) {
    const std::u32string word(name);
    table[word] = {Kind::one, ++value, {}};
    table[word + (word == U"six" ? U"es" : U"s")] = {Kind::one_suffixed, value, U"s"};
    if (value > 3 && value != 5 && value != 12) {
      table[word + (word.ends_with(U't') ? U"h" : U"th")] = {Kind::one_suffixed, value, U"th"};
    }
  }
  table[U"zeroth"] = {Kind::one_suffixed, 0, U"th"};
  table[U"first"] = {Kind::one_suffixed, 1, U"st"};
  table[U"second"] = {Kind::one_suffixed, 2, U"nd"};
  table[U"third"] = {Kind::one_suffixed, 3, U"rd"};
  table[U"fifth"] = {Kind::one_suffixed, 5, U"th"};
  table[U"twelfth"] = {Kind::one_suffixed, 12, U"th"};
  for (const char32_t* zero : {U"o", U"oh", U"zero"}) table[zero] = {Kind::zero, 0, {}};
}

void add_tens(Table& table) {
  int value = 10;
  for (const char32_t* name :
       {U"twenty", U"thirty", U"forty", U"fifty", U"sixty", U"seventy", U"eighty", U"ninety"}) {
    const std::u32string word(name);
    const std::u32string stem = word.substr(0, word.size() - 1);
    value += 10;
    table[word] = {Kind::ten, value, {}};
    table[stem + U"ies"] = {Kind::ten_suffixed, value, U"s"};
    table[stem + U"ieth"] = {Kind::ten_suffixed, value, U"th"};
  }
}

void add_multipliers(Table& table) {
  const auto add = [&table](const std::u32string& word, int exponent) {
    table[word] = {Kind::multiplier, exponent, {}};
    table[word + U"s"] = {Kind::multiplier_suffixed, exponent, U"s"};
    table[word + U"th"] = {Kind::multiplier_suffixed, exponent, U"th"};
  };
  add(U"hundred", 2);
  int exponent = 0;
  for (const char32_t* word :
       {U"thousand", U"million", U"billion", U"trillion", U"quadrillion", U"quintillion",
        U"sextillion", U"septillion", U"octillion", U"nonillion", U"decillion"}) {
    add(word, exponent += 3);
  }
}

Table make_table() {
  Table table;
  add_ones(table);
  add_tens(table);
  add_multipliers(table);
  for (const char32_t* word : {U"minus", U"negative"}) table[word] = {Kind::sign, 0, U"-"};
  for (const char32_t* word : {U"plus", U"positive"}) table[word] = {Kind::sign, 0, U"+"};
  for (const char32_t* word : {U"pound", U"pounds"}) table[word] = {Kind::currency, 0, U"£"};
  for (const char32_t* word : {U"euro", U"euros"}) table[word] = {Kind::currency, 0, U"€"};
  for (const char32_t* word : {U"dollar", U"dollars"}) table[word] = {Kind::currency, 0, U"$"};
  for (const char32_t* word : {U"cent", U"cents"}) table[word] = {Kind::currency, 0, U"¢"};
  for (const char32_t* word : {U"per", U"percent"}) table[word] = {Kind::percent, 0, U"%"};
  for (const char32_t* word : {U"and", U"double", U"triple", U"point"}) {
    table[word] = {Kind::special, 0, {}};
  }
  return table;
}

}  // namespace

NumberWord number_word(std::u32string_view word) {
  static const Table table = make_table();
  const auto found = table.find(std::u32string(word));
  return found == table.end() ? NumberWord{} : found->second;
}

}  // namespace tessera::whisper
