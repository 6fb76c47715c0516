// SHA-256 (FIPS 180-4), by which a file from the network is known to be the published one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// The checksum of bytes that come piece by piece.
class Sha256 {
 public:
  /// Throws Error{internal} when OpenSSL does not offer SHA-256.
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits. Nothing may be added afterwards.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The checksum of a whole file. Throws Error{bad_file} when it cannot be read, Error{cancelled}.
std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop = {});

/// A checksum as people type or publish it, in lower case.
/// Throws Error{bad_argument} unless it is 64 hexadecimal digits.
std::string parse_sha256(std::string_view text);

}  // namespace tessera::whisper
