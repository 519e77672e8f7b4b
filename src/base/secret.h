// Owns: text that must not be seen: webhook addresses with their token, signing keys, passwords.
// Promises: cannot be printed, logged, formatted or compared by accident; the bytes are cleared
// when the value goes. `reveal` is the one way in and is called only where the secret is put on the
// wire. Must not know: any room. Called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace vedette::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret() { clear(); }

  bool operator==(const Secret&) const = delete;
  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  void clear() {
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
  }

  std::string text_;
};

}  // namespace vedette::base
