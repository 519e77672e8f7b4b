#include "access/seal.h"

#include <sodium.h>

#include <array>
#include <span>

#include "access/key.h"

namespace vedette::access {
namespace {

using base::ErrorCode;
using base::Result;
using base::Secret;

constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t mark_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::array<unsigned char, key_bytes> made_of(const Secret& text) {
  std::array<unsigned char, key_bytes> key{};
  crypto_generichash(key.data(), key.size(), bytes_of(text.reveal()), text.reveal().size(), nullptr,
                     0);
  return key;
}

}  // namespace

Result<std::string> Seal::close(const Secret& secret, std::string_view place) const {
  if (key_.empty())
    return base::failure(ErrorCode::refused, "there is no key to seal secrets with");
  std::string sealed(nonce_bytes + secret.reveal().size() + mark_bytes, '\0');
  fill_random(std::span(sealed.data(), nonce_bytes));
  auto key = made_of(key_);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes_of(sealed) + nonce_bytes, nullptr, bytes_of(secret.reveal()), secret.reveal().size(),
      bytes_of(place), place.size(), nullptr, bytes_of(sealed), key.data());
  sodium_memzero(key.data(), key.size());
  std::string text(2 * sealed.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes_of(sealed), sealed.size());
  text.pop_back();
  return text;
}

Result<Secret> Seal::open(std::string_view text, std::string_view place) const {
  std::string sealed(text.size() / 2, '\0');
  std::size_t got = 0;
  const bool is_hex = sodium_hex2bin(bytes_of(sealed), sealed.size(), text.data(), text.size(),
                                     nullptr, &got, nullptr) == 0;
  if (!is_hex || got != sealed.size() || got < nonce_bytes + mark_bytes || key_.empty())
    return base::failure(ErrorCode::malformed, "this is no sealed secret");
  std::string secret(sealed.size() - nonce_bytes - mark_bytes, '\0');
  auto key = made_of(key_);
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(secret), nullptr, nullptr, bytes_of(sealed) + nonce_bytes,
      sealed.size() - nonce_bytes, bytes_of(place), place.size(), bytes_of(sealed), key.data());
  sodium_memzero(key.data(), key.size());
  if (opened != 0)
    return base::failure(ErrorCode::malformed, "this was sealed with another key, or changed");
  return Secret(std::move(secret));
}

}  // namespace vedette::access
