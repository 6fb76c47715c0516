// Files that appear complete or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace tessera::base {

/// Writes `contents` to a temporary file beside `path`, flushes it to the disk and renames it to
/// `path`. A file that was there is replaced, keeps its permissions, and is untouched when anything
/// fails. A symbolic link is replaced, not followed, so that nothing outside the directory is
/// written.
/// Throws Error{bad_file}, one line that begins with `path`, when the directory is missing, the
/// file is write-protected or not a regular file, or the disk is full.
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);

}  // namespace tessera::base
