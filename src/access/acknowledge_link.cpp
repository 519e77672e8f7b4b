#include "access/acknowledge_link.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <optional>
#include <span>

#include "access/key.h"
#include "base/text.h"

namespace vedette::access {
namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t link_bytes_max = 1024;
constexpr base::Duration clock_slack = base::Duration::minutes(5);
// So that a signature of something else that this key may sign one day is never a link's.
constexpr std::string_view purpose = "vedette acknowledge link 1\n";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(std::span<const unsigned char> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // the zero at its end
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, &end, variant) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

std::string seal_of(const base::Secret& key, std::string_view claim) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key.reveal()), key.reveal().size());
  crypto_auth_hmacsha256_update(&state, bytes_of(purpose), purpose.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(claim), claim.size());
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> seal{};
  crypto_auth_hmacsha256_final(&state, seal.data());
  return to_base64(seal);
}

// "7.18446744073709.Y2hhdA"; the numbers are those of ticks.
std::optional<AcknowledgeClaim> read_claim(std::string_view text) {
  const auto parts = base::split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto incident = base::parse_unsigned(parts[0]);
  const auto issued = base::parse_unsigned(parts[1]);
  auto channel = from_base64(parts[2]);
  if (!incident || !issued || *issued > INT64_MAX || !channel) return std::nullopt;
  return AcknowledgeClaim{*incident, *std::move(channel),
                          base::Timestamp{static_cast<std::int64_t>(*issued)}};
}

}  // namespace

base::Secret sign_link(const base::Secret& key, const AcknowledgeClaim& claim) {
  const std::span channel(bytes_of(claim.channel), claim.channel.size());
  const std::string text =
      fmt::format("{}.{}.{}", claim.incident, claim.issued.ticks, to_base64(channel));
  return base::Secret(text + "." + seal_of(key, text));
}

base::Result<AcknowledgeClaim> read_link(const base::Secret& key, std::string_view text,
                                         base::Timestamp now) {
  const std::size_t end = text.rfind('.');
  const bool is_ours = text.size() <= link_bytes_max && end != std::string_view::npos &&
                       are_equal(seal_of(key, text.substr(0, end)), text.substr(end + 1));
  auto claim = is_ours ? read_claim(text.substr(0, end)) : std::nullopt;
  if (!claim)
    return base::failure(base::ErrorCode::permission_denied, "this is none of Vedette's links");
  if (now > claim->issued + acknowledge_link_age_max)
    return base::failure(base::ErrorCode::refused, "this link is too old");
  if (now + clock_slack < claim->issued)
    return base::failure(base::ErrorCode::refused,
                         "this link is of a time to come: somebody set this machine's clock back");
  return *std::move(claim);
}

}  // namespace vedette::access
