// One request to stop for work that several callers share.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <list>
#include <span>
#include <stop_token>

namespace tessera::whisper {

/// While it lives, `token()` asks to stop once every one of the given tokens does: work in which
/// anybody is still interested goes on. There is at least one token.
class AllStopped {
 public:
  explicit AllStopped(std::span<const std::stop_token> tokens) : left_(tokens.size()) {
    const std::stop_token& first = tokens.front();
    if (std::ranges::all_of(tokens, [&](const auto& token) { return token == first; })) {
      token_ = first;
      return;
    }
    token_ = source_.get_token();
    for (const std::stop_token& token : tokens) {
      callbacks_.emplace_back(token, [this] {
        if (--left_ == 0) source_.request_stop();
      });
    }
  }
  AllStopped(const AllStopped&) = delete;
  AllStopped& operator=(const AllStopped&) = delete;

  const std::stop_token& token() const { return token_; }

 private:
  std::stop_source source_;
  std::stop_token token_;
  std::atomic<std::size_t> left_;
  std::list<std::stop_callback<std::function<void()>>> callbacks_;  // gone before what they touch
};

}  // namespace tessera::whisper
