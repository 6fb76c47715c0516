// What torch.save wrote: dictionaries, whole numbers and tensors, which stay where they lie.
// Format: torch/serialization.py, torch/_utils.py and caffe2/serialize/inline_container.h of
// PyTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/compute/weights.h"
#include "src/whisper/pickle.h"
#include "src/whisper/zip_archive.h"

namespace tessera::whisper {

/// A file of torch.save in its ZIP form: one folder of any name with data.pkl, which describes
/// everything, and data/KEY, the storages that tensors are parts of. Of the pickle nothing is run.
///
/// Every function throws Error{bad_file} naming file and tensor, Error{unsupported} for torch's
/// form of before version 1.6, another byte order, and a pickle with other opcodes, classes or
/// functions than those of tensors in float32, float16 and bfloat16.
class TorchFile {
 public:
  /// A place in the pickle.
  using Value = std::uint32_t;
  /// A dictionary's values by their keys.
  using Members = std::map<std::string_view, Value>;

  /// `file` must outlive the object and its tensors.
  TorchFile(std::span<const std::byte> file, std::string where);
  TorchFile(const TorchFile&) = delete;
  TorchFile& operator=(const TorchFile&) = delete;

  const std::string& where() const { return where_; }

  /// What was saved.
  Value root() const { return pickle_.root; }

  /// The members of a dictionary, whose keys are texts, each there once. `what` names it.
  Members members(Value value, const std::string& what) const;

  /// A whole number of 32 bits.
  int whole(Value value, const std::string& what) const;

  /// A tensor of one to three dimensions whose elements lie in rows without gaps.
  compute::WeightView tensor(Value value, const std::string& name) const;

 private:
  struct Storage;

  void find_pickle();
  void check_byte_order() const;
  std::span<const std::byte> pickle_bytes() const;
  Storage storage(const PickleValue& value, const std::string& name) const;
  const std::vector<Value>& tuple(const PickleValue& value, std::size_t count,
                                  const std::string& what) const;
  std::int64_t size(Value value, const std::string& what) const;
  void expect(const PickleValue& value, PickleValue::Kind kind, const std::string& what) const;

  std::string where_;
  ZipArchive zip_;
  const ZipEntry* pickle_entry_ = nullptr;
  std::string folder_;  // in the archive, with '/' at its end
  Pickle pickle_;
};

}  // namespace tessera::whisper
