#include "src/whisper/vocabulary/huggingface.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/base/mapped_file.h"
#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string in_quotes(std::string_view text) { return "'" + printable(text) + "'"; }

/// Collects tokens and merges as the files write them, and checks them against each other. Texts
/// of tokens must outlive it.
class Builder {
 public:
  Builder(std::string where, int n_vocab) : where_(std::move(where)), n_vocab_(n_vocab) {
    by_text_.reserve(kUsualTokens);
  }

  /// A token of the basic list or, if `added`, of the list of added tokens; both may have it.
  void add_token(std::string_view text, const Json& id_value, bool added) {
    const int id = checked_id(text, id_value);
    const auto [entry, fresh] =
        by_text_.try_emplace(text, Token{id, added || is_special_name(text)});
    if (!fresh) {
      if (entry->second.id == id) return;
      fail("token " + in_quotes(text) + " has two ids, " + std::to_string(entry->second.id) +
           " and " + std::to_string(id));
    }
    const auto place = static_cast<std::size_t>(id);
    if (place >= by_id_.size()) by_id_.resize(place + 1);
    if (by_id_[place] != nullptr) {
      fail("id " + std::to_string(id) + " is given to both " + in_quotes(by_id_[place]->first) +
           " and " + in_quotes(text));
    }
    by_id_[place] = &*entry;
  }

  void add_merge(std::string_view left, std::string_view right) {
    both_.assign(left).append(right);
    merges_.push_back({merge_part(left), merge_part(right), merge_result(both_)});
  }

  Vocabulary finish() {
    Vocabulary vocabulary;
    vocabulary.pieces.reserve(by_id_.size());
    for (std::size_t id = 0; id < by_id_.size(); ++id) {
      if (by_id_[id] == nullptr) {
        fail("expected ids without gaps, no token has id " + std::to_string(id));
      }
      const auto& [text, token] = *by_id_[id];
      if (token.special) {
        vocabulary.specials.emplace_back(text);
        continue;
      }
      if (!vocabulary.specials.empty()) {
        fail("token " + in_quotes(text) + " comes after the special tokens");
      }
      std::optional<std::string> bytes = gpt2_bytes(text);
      if (!bytes) fail("token " + in_quotes(text) + " is not written in GPT-2's byte alphabet");
      vocabulary.pieces.push_back(*std::move(bytes));
    }
    vocabulary.where = where_;
    vocabulary.merges = std::move(merges_);
    return vocabulary;
  }

  const std::string& where() const { return where_; }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::bad_file, where_ + ": " + what);
  }

 private:
  static constexpr std::size_t kUsualTokens = 51866;

  struct Token {
    int id = 0;
    bool special = false;
  };

  int checked_id(std::string_view text, const Json& value) const {
    const auto limit = static_cast<std::uint64_t>(std::max(n_vocab_, 0));
    if (value.is_number_unsigned() && value.get<std::uint64_t>() < limit) return value.get<int>();
    fail("expected an id below the model's " + std::to_string(n_vocab_) + " tokens for " +
         in_quotes(text) + ", found " + printable_value(value));
  }

  int merge_part(std::string_view text) const {
    const auto token = by_text_.find(text);
    if (token != by_text_.end() && !token->second.special) return token->second.id;
    fail("merge " + std::to_string(merges_.size() + 1) + " needs the token " + in_quotes(text) +
         ", which the vocabulary lacks");
  }

  /// Most merges make the token behind that of the merge before, which saves looking it up.
  int merge_result(std::string_view text) const {
    const std::size_t next =
        merges_.empty() ? 0 : static_cast<std::size_t>(merges_.back().result) + 1;
    const bool is_next = next < by_id_.size() && by_id_[next] != nullptr &&
                         by_id_[next]->first == text && !by_id_[next]->second.special;
    return is_next ? static_cast<int>(next) : merge_part(text);
  }

  std::string where_;
  int n_vocab_;
  std::unordered_map<std::string_view, Token> by_text_;
  /// Entries of by_text_, or null.
  std::vector<const std::pair<const std::string_view, Token>*> by_id_;
  std::vector<Merge> merges_;
  std::string both_;  // keeps its memory from merge to merge
};

/// The member `name` of an object, which must be of the wanted type.
const Json& member(const Builder& builder, const Json& object, const char* name,
                   Json::value_t type) {
  const auto found = object.find(name);  // the end of anything but an object
  const bool missing = found == object.end();
  if (missing || found->type() != type) {
    builder.fail("expected " + std::string(Json(type).type_name()) + " \"" + name + "\", found " +
                 (missing ? "none" : printable_value(*found)));
  }
  return *found;
}

void add_tokens(Builder& builder, const Json& object, bool added) {
  if (!object.is_object()) builder.fail("expected an object of tokens and ids");
  for (const auto& [text, id] : object.items()) builder.add_token(text, id, added);
}

/// "left right", as merges.txt and older tokenizer.json files write a merge.
void add_merge_text(Builder& builder, std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || text.find(' ', blank + 1) != std::string_view::npos) {
    builder.fail("expected a merge of two tokens, found " + in_quotes(text));
  }
  builder.add_merge(text.substr(0, blank), text.substr(blank + 1));
}

void add_merge_json(Builder& builder, const Json& merge) {
  if (merge.is_string()) return add_merge_text(builder, merge.get_ref<const std::string&>());
  if (!merge.is_array() || merge.size() != 2 || !merge[0].is_string() || !merge[1].is_string()) {
    builder.fail("expected a merge of two tokens, found " + printable_value(merge));
  }
  builder.add_merge(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>());
}

void check_type(const Builder& builder, const Json& file, const char* part, const char* wanted) {
  const Json& object = member(builder, file, part, Json::value_t::object);
  const Json& type = member(builder, object, "type", Json::value_t::string);
  if (type == wanted) return;
  throw Error(ErrorCode::unsupported, builder.where() + ": expected a " + part + " of type " +
                                          wanted + ", found " + printable_value(type));
}

Vocabulary vocabulary_of(const Json& file, const std::string& where, int n_vocab) {
  Builder builder(where, n_vocab);
  const Json& model = member(builder, file, "model", Json::value_t::object);
  check_type(builder, file, "model", "BPE");
  check_type(builder, file, "pre_tokenizer", "ByteLevel");
  add_tokens(builder, member(builder, model, "vocab", Json::value_t::object), /*added=*/false);
  for (const Json& token : member(builder, file, "added_tokens", Json::value_t::array)) {
    const Json& text = member(builder, token, "content", Json::value_t::string);
    const Json& id = member(builder, token, "id", Json::value_t::number_unsigned);
    builder.add_token(text.get_ref<const std::string&>(), id, /*added=*/true);
  }
  for (const Json& merge : member(builder, model, "merges", Json::value_t::array)) {
    add_merge_json(builder, merge);
  }
  return builder.finish();
}

void read_merges_txt(Builder& builder, const fs::path& path) {
  const base::MappedFile file(path);
  std::string_view rest(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool comment = first && line.starts_with("#version");
    if (!line.empty() && !comment) add_merge_text(builder, line);
  }
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Vocabulary read_separate_files(const fs::path& directory, int n_vocab) {
  const fs::path vocabulary = directory / "vocab.json";
  const fs::path added = directory / "added_tokens.json";
  const Json tokens = read_json_file_in_order(vocabulary);
  const Json added_tokens = is_there(added) ? read_json_file_in_order(added) : Json::object();
  Builder builder(vocabulary.string(), n_vocab);
  add_tokens(builder, tokens, /*added=*/false);
  add_tokens(builder, added_tokens, /*added=*/true);
  read_merges_txt(builder, directory / "merges.txt");
  return builder.finish();
}

}  // namespace

std::optional<Vocabulary> huggingface_vocabulary(const fs::path& directory, int n_vocab) {
  if (is_there(directory / "tokenizer.json")) {
    const fs::path path = directory / "tokenizer.json";
    return vocabulary_of(read_json_file_in_order(path), path.string(), n_vocab);
  }
  if (is_there(directory / "vocab.json") || is_there(directory / "merges.txt")) {
    return read_separate_files(directory, n_vocab);
  }
  return std::nullopt;
}

Vocabulary parse_tokenizer_json(std::string_view text, const std::string& where, int n_vocab) {
  return vocabulary_of(parse_json_in_order(text, where), where, n_vocab);
}

}  // namespace tessera::whisper
