#include "notify/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cassert>

namespace vedette::notify {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t key_bytes_min = 24;

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(i <= count ? alphabet[group >> (18 - 6 * i) & 63] : '=');
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const bool padded = at + i >= text.size() - padding;
      const auto digit = padded ? 0 : alphabet.find(text[at + i]);
      if (digit == std::string_view::npos) return std::nullopt;
      group = group << 6 | static_cast<std::uint32_t>(digit);
    }
    for (int shift = 16; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(group >> shift & 0xFF));
  }
  out.resize(out.size() - padding);
  // The bits under the padding must be zero, or two texts would mean one value.
  if (encode_base64(out) != text) return std::nullopt;
  return out;
}

base::Result<base::Secret> signing_key(const base::Secret& secret) {
  constexpr std::string_view prefix = "whsec_";
  std::string_view text = secret.reveal();
  base::Secret key = secret;
  if (text.starts_with(prefix)) {
    auto bytes = decode_base64(text.substr(prefix.size()));
    if (!bytes)
      return base::failure(base::ErrorCode::invalid_argument,
                           "the signing secret begins with whsec_ but no base64 follows");
    key = base::Secret(*std::move(bytes));
  }
  if (key.reveal().size() < key_bytes_min)
    return base::failure(
        base::ErrorCode::invalid_argument,
        "the signing secret is too short: at least 24 bytes, for example whsec_ and "
        "the output of `openssl rand -base64 32`");
  return key;
}

std::string sign_webhook(const base::Secret& key, std::string_view id, std::int64_t timestamp_s,
                         std::string_view body) {
  const std::string content = fmt::format("{}.{}.{}", id, timestamp_s, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const unsigned char* done = HMAC(
      EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
      reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data(), &size);
  assert(done != nullptr && size == 32);
  static_cast<void>(done);
  return "v1," + encode_base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace vedette::notify
