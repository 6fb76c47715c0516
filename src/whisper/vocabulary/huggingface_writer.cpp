#include "src/whisper/vocabulary/huggingface_writer.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/whisper/json_file.h"
#include "src/whisper/unicode.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

[[noreturn]] void cannot_write(const Vocabulary& vocabulary, const std::string& what) {
  throw Error(ErrorCode::unsupported,
              vocabulary.where + ": cannot be written as tokenizer.json: " + what);
}

/// GPT-2's way of writing bytes as characters, in UTF-8.
class ByteSpelling {
 public:
  ByteSpelling() {
    const std::string order = gpt2_byte_order();
    for (int i = 0; i < 256; ++i) {
      const auto byte = static_cast<unsigned char>(order[i]);
      const unsigned code_point = i < kPrintableBytes ? byte : 256u + (i - kPrintableBytes);
      std::string& text = texts_[byte];
      if (code_point < 0x80) {
        text = static_cast<char>(code_point);
      } else {  // below U+0800: two bytes
        text = {static_cast<char>(0xC0u | code_point >> 6),
                static_cast<char>(0x80u | (code_point & 0x3Fu))};
      }
    }
  }

  std::string operator()(std::string_view bytes) const {
    std::string text;
    for (const char byte : bytes) text += texts_[static_cast<unsigned char>(byte)];
    return text;
  }

 private:
  std::array<std::string, 256> texts_;
};

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

/// "<|12.34|>"
bool is_timestamp_name(std::string_view name) {
  if (!is_special_name(name)) return false;
  const std::string_view inner = name.substr(2, name.size() - 4);
  return inner.find('.') != std::string_view::npos &&
         inner.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Whether transformers is to leave a token out of a text: timestamps it handles by itself.
bool counts_as_special(const std::string& name) {
  return is_special_name(name) && !is_timestamp_name(name);
}

std::string added_tokens(const Vocabulary& vocabulary) {
  std::string json;
  for (std::size_t i = 0; i < vocabulary.specials.size(); ++i) {
    const std::string& name = vocabulary.specials[i];
    if (valid_utf8(name) != name)
      cannot_write(vocabulary, "the name " + printable(name) + " is not UTF-8");
    const bool special = counts_as_special(name);
    json += (i == 0 ? "\n    {\"id\": " : ",\n    {\"id\": ") +
            std::to_string(vocabulary.pieces.size() + i) + ", \"content\": " + quoted(name) +
            R"(, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false)" +
            ", \"special\": " + (special ? "true}" : "false}");
  }
  return json;
}

std::string vocabulary_entries(const Vocabulary& vocabulary,
                               const std::vector<std::string>& spelled) {
  std::unordered_set<std::string_view> seen;
  std::string json;
  for (std::size_t id = 0; id < spelled.size(); ++id) {
    const std::string& text = spelled[id];
    if (is_special_name(text))
      cannot_write(vocabulary, "the text token " + printable(text) + " is special");
    if (!seen.insert(text).second) {
      cannot_write(vocabulary, "token " + std::to_string(id) + " has the same text as another, '" +
                                   printable(text) + "'");
    }
    json += (id == 0 ? "\n      " : ",\n      ") + quoted(text) + ": " + std::to_string(id);
  }
  for (const std::string& name : vocabulary.specials) {
    if (!seen.insert(name).second) {
      cannot_write(vocabulary, "the name " + printable(name) + " belongs to two tokens");
    }
  }
  return json;
}

std::string merge_entries(const Vocabulary& vocabulary, const std::vector<std::string>& spelled) {
  std::string json;
  for (const Merge& merge : vocabulary.merges) {
    json += json.empty() ? "\n      " : ",\n      ";
    json += quoted(spelled[merge.left] + " " + spelled[merge.right]);
  }
  return json;
}

/// Puts start and end around a text, as the official files do.
nlohmann::ordered_json post_processor(const Vocabulary& vocabulary) {
  using OrderedJson = nlohmann::ordered_json;
  const auto special = [](const char* name) {
    return OrderedJson{{"SpecialToken", {{"id", name}, {"type_id", 0}}}};
  };
  const OrderedJson text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const OrderedJson second = {{"Sequence", {{"id", "B"}, {"type_id", 0}}}};
  OrderedJson ids = OrderedJson::object();
  for (const char* name : {"<|startoftranscript|>", "<|notimestamps|>", "<|endoftext|>"}) {
    const auto found = std::ranges::find(vocabulary.specials, name);
    if (found == vocabulary.specials.end()) return nullptr;
    const auto id = vocabulary.pieces.size() + (found - vocabulary.specials.begin());
    ids[name] = {
        {"id", name}, {"ids", OrderedJson::array({id})}, {"tokens", OrderedJson::array({name})}};
  }
  const OrderedJson start = special("<|startoftranscript|>");
  const OrderedJson no_timestamps = special("<|notimestamps|>");
  const OrderedJson end = special("<|endoftext|>");
  return {{"type", "TemplateProcessing"},
          {"single", OrderedJson::array({start, no_timestamps, text, end})},
          {"pair", OrderedJson::array({start, no_timestamps, text, second, end})},
          {"special_tokens", ids}};
}

constexpr const char* kByteLevel =
    R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true})";

constexpr const char* kModelSettings =
    R"("type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": "",
    "end_of_word_suffix": "",
    "fuse_unk": false,
    "byte_fallback": false,)";

}  // namespace

std::string tokenizer_json(const Vocabulary& vocabulary) {
  const ByteSpelling spell;
  std::vector<std::string> spelled;
  spelled.reserve(vocabulary.pieces.size());
  for (const std::string& piece : vocabulary.pieces) spelled.push_back(spell(piece));
  return "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n"
         "  \"added_tokens\": [" +
         added_tokens(vocabulary) +
         "\n  ],\n  \"normalizer\": null,\n  \"pre_tokenizer\": " + kByteLevel +
         ",\n  \"post_processor\": " + post_processor(vocabulary).dump() +
         ",\n  \"decoder\": " + kByteLevel + ",\n  \"model\": {\n    " + kModelSettings +
         "\n    \"vocab\": {" + vocabulary_entries(vocabulary, spelled) +
         "\n    },\n    \"merges\": [" + merge_entries(vocabulary, spelled) + "\n    ]\n  }\n}\n";
}

std::string tokenizer_config_json(const Vocabulary& vocabulary) {
  constexpr const char* kEnd = "<|endoftext|>";
  nlohmann::ordered_json json = {{"tokenizer_class", "WhisperTokenizer"},
                                 {"processor_class", "WhisperProcessor"},
                                 {"add_prefix_space", false},
                                 {"clean_up_tokenization_spaces", false},
                                 {"errors", "replace"},
                                 {"bos_token", kEnd},
                                 {"eos_token", kEnd},
                                 {"pad_token", kEnd},
                                 {"unk_token", kEnd}};
  auto& names = json["additional_special_tokens"] = nlohmann::ordered_json::array();
  std::ranges::copy_if(vocabulary.specials, std::back_inserter(names), counts_as_special);
  return json.dump(2) + "\n";
}

}  // namespace tessera::whisper
