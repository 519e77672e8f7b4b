#include "access/key.h"

#include <sodium.h>

#include <array>
#include <cassert>

namespace vedette::access {
namespace {

// Safe to call again, and from several threads.
void start_library() {
  [[maybe_unused]] const int started = sodium_init();
  assert(started >= 0);
}

}  // namespace

base::Secret new_key() {
  start_library();
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // the zero at its end
  sodium_memzero(bytes.data(), bytes.size());
  return base::Secret(std::move(text));
}

void fill_random(std::span<char> bytes) {
  start_library();
  randombytes_buf(bytes.data(), bytes.size());
}

std::string digest(std::string_view text) {
  start_library();
  std::array<unsigned char, crypto_hash_sha256_BYTES> bytes{};
  crypto_hash_sha256(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  std::string shown(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(shown.data(), shown.size(), bytes.data(), bytes.size());
  shown.pop_back();
  return shown;
}

bool are_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace vedette::access
