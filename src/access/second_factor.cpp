#include "access/second_factor.h"

#include <algorithm>
#include <array>

#include "access/access_limits.h"
#include "access/key.h"
#include "access/totp.h"
#include "base/text.h"

namespace vedette::access {
namespace {

using base::ErrorCode;
using base::Result;
using base::Secret;
using model::AuditEntry;
using model::SecondFactor;
using model::User;

constexpr std::size_t recovery_code_bytes = 10;  // 80 bits: their plain hash tells nothing

std::string place_of(std::int64_t user) {
  return "second factor of user " + std::to_string(user);
}

// What is kept of a recovery code, however it was typed.
std::string recovery_hash(std::string_view code) {
  std::string plain;
  for (const char c : base::to_lower_ascii(code))
    if (c != '-' && c != ' ') plain.push_back(c);
  return digest("recovery code " + plain);
}

// "abcd-efgh-ijkl-mnop"
Secret new_recovery_code() {
  std::array<char, recovery_code_bytes> bytes{};
  fill_random(bytes);
  std::string text = base::to_lower_ascii(encode_base32({bytes.data(), bytes.size()}));
  for (const std::size_t at : {12UL, 8UL, 4UL}) text.insert(at, "-");
  return Secret(std::move(text));
}

std::vector<Secret> give_recovery_codes(SecondFactor& factor) {
  std::vector<Secret> codes;
  factor.recovery_hashes.clear();
  for (int i = 0; i < recovery_codes; ++i) {
    codes.push_back(new_recovery_code());
    factor.recovery_hashes.push_back(recovery_hash(codes.back().reveal()));
  }
  return codes;
}

}  // namespace

bool SecondFactors::is_required_of(model::Role role) const {
  return std::ranges::find(required_of_, role) != required_of_.end();
}

Result<SecondFactors::State> SecondFactors::state_of(std::int64_t user) {
  const auto found = VEDETTE_TRY(store_.find_second_factor(user));
  if (!found || !found->confirmed) return State{};
  return State{true, found->recovery_hashes.size()};
}

Result<SecondFactor> SecondFactors::known(const User& user) {
  auto found = VEDETTE_TRY(store_.find_second_factor(user.id));
  if (!found || !found->confirmed)
    return base::failure(ErrorCode::refused, "there is no second factor");
  return *std::move(found);
}

Result<Secret> SecondFactors::key_of(const SecondFactor& factor) const {
  auto key = seal_.open(factor.sealed_key, place_of(factor.user));
  if (!key)
    return base::failure(ErrorCode::refused,
                         "codes cannot be checked: the file seal-key of the data folder is not the "
                         "one of the enrolment. Use a recovery code, or have the second factor "
                         "reset (vedette user reset-second-factor)");
  return key;
}

Result<SecondFactors::Enrolment> SecondFactors::begin(const User& user, const AuditEntry& audit) {
  const std::lock_guard lock(change_mutex_);
  if (VEDETTE_TRY(state_of(user.id)).is_on)
    return base::failure(ErrorCode::refused, "a second factor is on already: turn it off first");
  const Secret key = new_totp_key();
  SecondFactor factor;
  factor.user = user.id;
  factor.sealed_key = VEDETTE_TRY(seal_.close(key, place_of(user.id)));
  factor.created = clock_.now();
  VEDETTE_TRY_VOID(store_.put_second_factor(factor, audit));
  return Enrolment{key, totp_address(key, user.name)};
}

Result<std::vector<Secret>> SecondFactors::confirm(const User& user, std::string_view code,
                                                   const AuditEntry& audit) {
  const std::lock_guard lock(change_mutex_);
  auto factor = VEDETTE_TRY(store_.find_second_factor(user.id));
  if (!factor || factor->confirmed)
    return base::failure(ErrorCode::refused, "there is no enrolment to confirm: begin it again");
  const auto step = step_of_code(VEDETTE_TRY(key_of(*factor)), code, clock_.now());
  if (!step)
    return base::failure(ErrorCode::invalid_argument,
                         "this is not the code of now; is the clock of the phone right?");
  factor->confirmed = true;
  factor->last_step = *step;
  auto codes = give_recovery_codes(*factor);
  VEDETTE_TRY_VOID(store_.put_second_factor(*factor, audit));
  return codes;
}

Result<bool> SecondFactors::take(const User& user, std::string_view code, AuditEntry audit) {
  const std::lock_guard lock(change_mutex_);
  SecondFactor factor = VEDETTE_TRY(known(user));
  const std::string hash = recovery_hash(code);
  if (std::erase_if(factor.recovery_hashes,
                    [&](const auto& each) { return are_equal(each, hash); }) > 0) {
    audit.detail += "; " + std::to_string(factor.recovery_hashes.size()) + " left";
    VEDETTE_TRY_VOID(store_.put_second_factor(factor, audit));
    return true;
  }
  const auto step = step_of_code(VEDETTE_TRY(key_of(factor)), code, clock_.now());
  if (!step) return false;
  return store_.take_step(user.id, *step);
}

Result<std::vector<Secret>> SecondFactors::renew_recovery_codes(const User& user,
                                                                const AuditEntry& audit) {
  const std::lock_guard lock(change_mutex_);
  SecondFactor factor = VEDETTE_TRY(known(user));
  auto codes = give_recovery_codes(factor);
  VEDETTE_TRY_VOID(store_.put_second_factor(factor, audit));
  return codes;
}

Result<void> SecondFactors::remove(const User& user, const AuditEntry& audit) {
  const std::lock_guard lock(change_mutex_);
  VEDETTE_TRY(known(user));
  return store_.remove_second_factor(user.id, audit);
}

}  // namespace vedette::access
