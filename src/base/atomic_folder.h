// Folders that appear complete or not at all.
#pragma once

#include <filesystem>
#include <vector>

namespace tessera::base {

/// A folder that is filled beside its target under a temporary name; commit() puts it in its place.
/// Nothing is left behind without commit(), and what was at the target stays as it was. Parents of
/// the target that are missing are made. A target that is a symbolic link to a folder stands for
/// that folder.
class AtomicFolder {
 public:
  /// What may be at the target: nothing or an empty folder, or with `replace` any folder, which
  /// commit() then exchanges for the new one and removes.
  /// Throws Error{bad_argument} for a target that may not be replaced and for the current folder,
  /// Error{bad_file} when the folder cannot be made. Messages begin with the target's name.
  explicit AtomicFolder(const std::filesystem::path& target, bool replace = false);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  /// Throws as the constructor does for a target that may not be replaced; makes nothing.
  static void check_target(const std::filesystem::path& target, bool replace);

  /// The folder to fill. The files in it are to be on the disk before commit().
  const std::filesystem::path& path() const { return temporary_; }

  /// Puts the folder in its place. Nothing may be written afterwards.
  /// Throws Error{bad_file} when that is impossible.
  void commit();

 private:
  void make_parents(const std::filesystem::path& parent);
  void make_temporary();
  void exchange();
  void discard() noexcept;

  std::filesystem::path named_;   // as the caller wrote it, for messages
  std::filesystem::path target_;  // absolute, without links
  bool replace_;
  std::filesystem::path temporary_;                  // empty once it is renamed or removed
  std::vector<std::filesystem::path> made_parents_;  // outermost first
};

}  // namespace tessera::base
