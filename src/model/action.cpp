#include "model/action.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette::model {
namespace {

constexpr std::array<std::string_view, 7> kind_names{
    "disable_account", "revoke_sessions", "enable_account", "confirm_compromised",
    "reset_mfa",       "block_address",   "unblock_address"};
constexpr std::array<std::string_view, 7> kind_words{
    "disabling the account",
    "ending the account's sessions",
    "enabling the account again",
    "telling the directory that the account is compromised",
    "removing the account's second factors",
    "blocking the address",
    "letting the address in again"};
constexpr std::array<std::string_view, 11> state_names{
    "requested", "waiting_for_approval", "approved", "sending", "done",
    "verified",  "reverted_elsewhere",   "denied",   "failed",  "expired",
    "undone"};

template <typename Enum, std::size_t N>
std::string_view at(const std::array<std::string_view, N>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view name_of(ActionKind kind) {
  return at(kind_names, kind);
}
std::string_view name_of(ActionMode mode) {
  return at(action_mode_names, mode);
}
std::string_view name_of(ActionState state) {
  return at(state_names, state);
}
std::string words_of(ActionState state) {
  std::string words(name_of(state));
  std::ranges::replace(words, '_', ' ');
  return words;
}
std::string_view words_of(ActionKind kind) {
  return at(kind_words, kind);
}

std::optional<ActionKind> action_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names.at(i) == name) return static_cast<ActionKind>(i);
  return std::nullopt;
}

std::optional<ActionMode> action_mode_named(std::string_view name) {
  for (std::size_t i = 0; i < action_mode_names.size(); ++i)
    if (base::equals_ignoring_case(action_mode_names.at(i), name))
      return static_cast<ActionMode>(i);
  return std::nullopt;
}

std::string name_of(const AccountReference& account) {
  for (const auto* text : {&account.principal_name, &account.mail})
    if (!text->empty()) return *text;
  return account.object_id;
}

std::string action_key(const ActionRequest& request) {
  const AccountReference& account = request.account;
  std::string key = request.mode == ActionMode::dry_run ? "dry-run:" : "";
  key += std::to_string(request.incident) + ":" + std::string(name_of(request.kind)) + ":";
  if (!account.object_id.empty()) return key + base::to_lower_ascii(account.object_id);
  return key + base::to_lower_ascii(name_of(account));
}

}  // namespace vedette::model
