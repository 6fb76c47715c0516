#include "src/whisper/download/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

/// A file that is closed at the end.
class ReadOnlyFile {
 public:
  explicit ReadOnlyFile(const std::filesystem::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail();
  }
  ~ReadOnlyFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ReadOnlyFile(const ReadOnlyFile&) = delete;
  ReadOnlyFile& operator=(const ReadOnlyFile&) = delete;

  /// As many bytes as came, 0 at the end.
  std::size_t read(std::span<std::byte> block) {
    while (true) {
      const ssize_t count = ::read(descriptor_, block.data(), block.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) fail();
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::bad_file,
                path_.string() + ": cannot read: " + std::system_category().message(errno));
  }

  std::filesystem::path path_;
  int descriptor_;
};

void require(int openssl_result) {
  if (openssl_result != 1) throw Error(ErrorCode::internal, "OpenSSL: SHA-256 failed");
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() = default;
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (context_->evp == nullptr) throw Error(ErrorCode::out_of_memory, "OpenSSL: no memory");
  require(EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, kDigestBytes> digest = {};
  require(EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr));
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop) {
  ReadOnlyFile file(path);
  std::vector<std::byte> block(kBlockBytes);
  Sha256 sha;
  while (const std::size_t count = file.read(block)) {
    if (stop.stop_requested()) {
      throw Error(ErrorCode::cancelled, path.string() + ": the check was cancelled");
    }
    sha.update(std::span(block).first(count));
  }
  return sha.finish();
}

std::string parse_sha256(std::string_view text) {
  std::string digits;
  for (const char c : text) digits += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (digits.size() != 2 * kDigestBytes ||
      digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw Error(ErrorCode::bad_argument,
                "sha256: expected 64 hexadecimal digits, got '" + printable(text) + "'");
  }
  return digits;
}

}  // namespace tessera::whisper
