#include "normalise/cloud/sign_in_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vedette::normalise::cloud {

using model::SignInResult;

base::Result<SignInErrors> SignInErrors::read(std::string_view text) {
  static constexpr std::pair<std::string_view, SignInResult> classes[] = {
      {"credential", SignInResult::credential_failure},
      {"interrupted", SignInResult::interrupted},
      {"mfa_denied", SignInResult::mfa_denied},
      {"blocked", SignInResult::blocked}};
  SignInErrors errors;
  for (const auto line : base::split(text, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto words = base::split(line, ' ');
    const auto* named =
        std::ranges::find(classes, words[0], &std::pair<std::string_view, SignInResult>::first);
    const auto code = words.size() >= 4 ? base::parse_unsigned(words[1]) : std::nullopt;
    const std::size_t details =
        words.size() < 4 ? 0 : words[0].size() + words[1].size() + words[2].size() + 3;
    if (named == std::end(classes) || !code || *code == 0 || *code > UINT32_MAX)
      return base::failure(base::ErrorCode::malformed, fmt::format("sign-in errors: {}", line));
    const bool is_new = errors.codes_
                            .try_emplace(static_cast<std::uint32_t>(*code),
                                         Known{named->second, std::string(words[2]),
                                               std::string(line.substr(details))})
                            .second;
    if (!is_new)
      return base::failure(base::ErrorCode::malformed,
                           fmt::format("sign-in errors: {} stands there twice", *code));
  }
  return errors;
}

SignInResult SignInErrors::result_of(std::uint32_t code) const {
  if (code == 0) return SignInResult::success;
  const auto known = codes_.find(code);
  return known == codes_.end() ? SignInResult::other_failure : known->second.result;
}

std::string_view SignInErrors::name_of(std::uint32_t code) const {
  const auto known = codes_.find(code);
  return known == codes_.end() ? std::string_view() : std::string_view(known->second.name);
}

std::string_view SignInErrors::details_of(std::uint32_t code) const {
  if (code == 0) return {};
  const auto known = codes_.find(code);
  return known == codes_.end() ? std::string_view("Other")
                               : std::string_view(known->second.details);
}

}  // namespace vedette::normalise::cloud
