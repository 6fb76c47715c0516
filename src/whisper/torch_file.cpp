#include "src/whisper/torch_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::WeightView;
using ValueKind = PickleValue::Kind;

constexpr std::string_view kRebuildTensor = "torch._utils _rebuild_tensor_v2";
constexpr std::string_view kGlobals[] = {"collections OrderedDict", kRebuildTensor,
                                         "torch FloatStorage", "torch HalfStorage",
                                         "torch BFloat16Storage"};

[[noreturn]] void bad_checkpoint(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where + ": " + what);
}

std::optional<DType> storage_dtype(std::string_view global) {
  if (global == "torch FloatStorage") return DType::f32;
  if (global == "torch HalfStorage") return DType::f16;
  if (global == "torch BFloat16Storage") return DType::bf16;
  return std::nullopt;
}

/// Throws unless it is, with a word about what it may be.
ZipArchive open_archive(std::span<const std::byte> file, const std::string& where) {
  if (is_zip_archive(file)) return {file, where};
  // The old form is pickles one after the other; the first is a magic number.
  constexpr std::array kOldForm = {std::byte{0x80}, std::byte{2}, std::byte{0x8a}, std::byte{10}};
  if (file.size() >= kOldForm.size() &&
      std::equal(kOldForm.begin(), kOldForm.end(), file.begin())) {
    throw Error(ErrorCode::unsupported, where +
                                            ": a checkpoint in torch's form of before version "
                                            "1.6; load it with torch and save it again");
  }
  bad_checkpoint(where, "not a checkpoint of torch: expected a ZIP archive");
}

}  // namespace

TorchFile::TorchFile(std::span<const std::byte> file, std::string where)
    : where_(std::move(where)), zip_(open_archive(file, where_)) {
  find_pickle();
  check_byte_order();
  pickle_ = parse_pickle(pickle_bytes(), where_, kGlobals);
}

void TorchFile::find_pickle() {
  constexpr std::string_view kName = "/data.pkl";
  for (const ZipEntry& entry : zip_.entries()) {
    const std::string& name = entry.name;
    if (!name.ends_with(kName) || name.find('/') != name.size() - kName.size()) continue;
    if (pickle_entry_ != nullptr)
      bad_checkpoint(where_, "expected one data.pkl in the archive, found two");
    pickle_entry_ = &entry;
    folder_ = name.substr(0, name.size() - kName.size() + 1);
  }
  if (pickle_entry_ == nullptr) {
    bad_checkpoint(where_, "not a checkpoint of torch: the archive has no data.pkl in a folder");
  }
}

void TorchFile::check_byte_order() const {
  const ZipEntry* entry = zip_.find(folder_ + "byteorder");  // written since torch 2.1
  if (entry == nullptr) return;
  const std::string_view order(reinterpret_cast<const char*>(entry->data.data()),
                               entry->data.size());
  if (order == "little") return;
  throw Error(ErrorCode::unsupported,
              where_ + ": expected little-endian weights, found byte order " + printable(order));
}

/// Few bytes that decide how all others are read: the one entry whose checksum is compared.
std::span<const std::byte> TorchFile::pickle_bytes() const {
  const std::span<const std::byte> data = pickle_entry_->data;
  const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size());
  if (sum != pickle_entry_->crc32)
    bad_checkpoint(where_, "data.pkl is damaged: it has another checksum");
  return data;
}

void TorchFile::expect(const PickleValue& value, ValueKind kind, const std::string& what) const {
  if (value.kind == kind) return;
  bad_checkpoint(where_, what + ": expected " + pickle_kind_name(kind) + ", found " +
                             pickle_kind_name(value.kind));
}

TorchFile::Members TorchFile::members(Value value, const std::string& what) const {
  const PickleValue& dictionary = pickle_.at(value);
  expect(dictionary, ValueKind::dictionary, what);
  Members result;
  for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2) {
    const PickleValue& key = pickle_.at(dictionary.items[i]);
    expect(key, ValueKind::text, what + ": a key");
    if (!result.emplace(key.text, dictionary.items[i + 1]).second) {
      bad_checkpoint(where_, what + ": " + printable(key.text) + " is there twice");
    }
  }
  return result;
}

int TorchFile::whole(Value value, const std::string& what) const {
  const PickleValue& number = pickle_.at(value);
  expect(number, ValueKind::integer, what);
  return static_cast<int>(number.integer);  // no opcode makes a larger one
}

std::int64_t TorchFile::size(Value value, const std::string& what) const {
  const int number = whole(value, what);
  if (number < 0)
    bad_checkpoint(where_, what + ": expected 0 or more, found " + std::to_string(number));
  return number;
}

/// The items of a tuple of at least `count`.
const std::vector<TorchFile::Value>& TorchFile::tuple(const PickleValue& value, std::size_t count,
                                                      const std::string& what) const {
  expect(value, ValueKind::tuple, what);
  if (value.items.size() < count) {
    bad_checkpoint(where_, what + ": expected " + std::to_string(count) + " values, found " +
                               std::to_string(value.items.size()));
  }
  return value.items;
}

struct TorchFile::Storage {
  DType dtype;
  std::int64_t elements;
  const std::byte* data;
};

/// From the persistent id ('storage', class, key, location, number of elements).
TorchFile::Storage TorchFile::storage(const PickleValue& value, const std::string& name) const {
  expect(value, ValueKind::persistent, name + ": its storage");
  const auto& id = tuple(pickle_.at(value.items[0]), 5, name + ": its storage");
  const PickleValue& type = pickle_.at(id[1]);
  const PickleValue& key = pickle_.at(id[2]);
  expect(type, ValueKind::global, name + ": its storage's class");
  expect(key, ValueKind::text, name + ": its storage's key");
  const std::optional<DType> dtype = storage_dtype(type.text);
  if (pickle_.at(id[0]).text != "storage" || !dtype) {
    bad_checkpoint(
        where_, name + ": expected a storage of f32, f16 or bf16, found " + printable(type.text));
  }
  const ZipEntry* entry = zip_.find(folder_ + "data/" + std::string(key.text));
  if (entry == nullptr) {
    bad_checkpoint(where_, name + ": its storage data/" + printable(key.text) + " is missing");
  }
  const std::int64_t elements = size(id[4], name + ": its storage's size");
  const auto bytes = static_cast<std::uint64_t>(elements) * compute::element_bytes(*dtype);
  if (entry->data.size() != bytes) {
    bad_checkpoint(where_, name + ": expected " + std::to_string(bytes) +
                               " bytes in its storage data/" + printable(key.text) + ", found " +
                               std::to_string(entry->data.size()));
  }
  return {*dtype, elements, entry->data.data()};
}

/// From _rebuild_tensor_v2(storage, offset, sizes, strides, ...).
WeightView TorchFile::tensor(Value value, const std::string& name) const {
  const std::string what = "tensor " + name;
  const PickleValue& call = pickle_.at(value);
  expect(call, ValueKind::call, what);
  const std::string_view function = pickle_.at(call.items[0]).text;
  if (function != kRebuildTensor) bad_checkpoint(where_, what + ": found " + printable(function));
  const auto& arguments = tuple(pickle_.at(call.items[1]), 4, what);
  const Storage storage = this->storage(pickle_.at(arguments[0]), what);
  const std::int64_t offset = size(arguments[1], what + ": its offset");
  const auto& sizes = tuple(pickle_.at(arguments[2]), 1, what + ": its shape");
  const auto& strides = tuple(pickle_.at(arguments[3]), 1, what + ": its strides");
  WeightView view;
  if (sizes.size() > view.shape.size() || strides.size() != sizes.size()) {
    bad_checkpoint(where_, what + ": expected at most 3 sizes and as many strides, found " +
                               std::to_string(sizes.size()) + " and " +
                               std::to_string(strides.size()));
  }
  view.dtype = storage.dtype;
  view.shape = {1, 1, 1};
  std::int64_t elements = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    view.shape[i] = size(sizes[i], what + ": its shape");
    // torch gives any stride to a dimension of one.
    if (view.shape[i] != 1 && size(strides[i], what + ": its strides") != elements) {
      bad_checkpoint(where_, what + ": expected rows without gaps, found other strides");
    }
    if (view.shape[i] > 0 && elements > storage.elements / view.shape[i]) {
      bad_checkpoint(where_, what + ": larger than its storage of " +
                                 std::to_string(storage.elements) + " values");
    }
    elements *= view.shape[i];
  }
  if (offset > storage.elements - elements) {
    bad_checkpoint(where_, what + ": expected its " + std::to_string(elements) +
                               " values from value " + std::to_string(offset) +
                               " of a storage of " + std::to_string(storage.elements));
  }
  view.data = storage.data + offset * static_cast<std::int64_t>(compute::element_bytes(view.dtype));
  return view;
}

}  // namespace tessera::whisper
