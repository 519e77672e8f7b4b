#include "access/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "access/access_limits.h"
#include "access/key.h"
#include "base/http_text.h"

namespace vedette::access {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t key_bytes = 20;
constexpr std::uint32_t six_digits = 1'000'000;

std::string without_blanks(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if (c != ' ') kept.push_back(c);
  return kept;
}

}  // namespace

std::string encode_base32(std::string_view bytes) {
  std::string text;
  std::uint32_t waiting = 0;
  int bits = 0;
  for (const char c : bytes) {
    waiting = waiting << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text.push_back(alphabet[waiting >> (bits - 5) & 31]);
    waiting &= (1U << bits) - 1;
  }
  if (bits > 0) text.push_back(alphabet[waiting << (5 - bits) & 31]);
  return text;
}

std::optional<std::string> decode_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t waiting = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    waiting = waiting << 5 | static_cast<std::uint32_t>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(waiting >> bits & 255));
    }
    waiting &= (1U << bits) - 1;
  }
  return bytes;
}

base::Secret new_totp_key() {
  std::array<char, key_bytes> bytes{};
  fill_random(bytes);
  base::Secret key(encode_base32({bytes.data(), bytes.size()}));
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

std::uint64_t totp_step(base::Timestamp time) {
  const std::int64_t seconds = time.unix_seconds();
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds / totp_step_s);
}

std::string totp_code(const base::Secret& key, std::uint64_t step) {
  const auto secret = decode_base32(key.reveal());
  if (!secret || secret->empty()) return {};
  std::array<unsigned char, 8> message{};
  for (std::size_t i = 0; i < message.size(); ++i)
    message.at(i) = static_cast<unsigned char>(step >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int mac_bytes = 0;
  if (HMAC(EVP_sha1(), secret->data(), static_cast<int>(secret->size()), message.data(),
           message.size(), mac.data(), &mac_bytes) == nullptr)
    return {};
  // RFC 4226 section 5.3: the last byte's low half says which four bytes count.
  const std::size_t at = mac.at(mac_bytes - 1) & 15U;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | mac.at(at + i);
  return fmt::format("{:06}", (number & 0x7FFFFFFFU) % six_digits);
}

std::optional<std::uint64_t> step_of_code(const base::Secret& key, std::string_view code,
                                          base::Timestamp now) {
  const std::string given = without_blanks(code);
  const std::uint64_t middle = totp_step(now);
  std::optional<std::uint64_t> found;
  // All are looked at, so that the time tells nothing. The earliest wins: it is used up first.
  for (int skew = totp_skew_steps; skew >= -totp_skew_steps; --skew) {
    if (skew < 0 && middle < static_cast<std::uint64_t>(-skew)) continue;
    const std::uint64_t step = middle + static_cast<std::uint64_t>(skew);
    const std::string wanted = totp_code(key, step);
    if (!wanted.empty() && are_equal(given, wanted)) found = step;
  }
  return found;
}

base::Secret totp_address(const base::Secret& key, std::string_view user) {
  return base::Secret("otpauth://totp/Vedette:" + base::percent_encode(user) +
                      "?secret=" + std::string(key.reveal()) +
                      "&issuer=Vedette&algorithm=SHA1&digits=6&period=30");
}

}  // namespace vedette::access
