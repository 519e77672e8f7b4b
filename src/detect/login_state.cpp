#include "detect/login_state.h"

#include <algorithm>

namespace vedette::detect {

namespace limits = base::limits;

namespace {

// What a record of an address takes with the default settings: three attempts, eight users.
constexpr std::size_t default_address_bytes = sizeof(AddressRecord) + 64 + 8 * sizeof(UserTry);

constexpr std::size_t in_whole_lines(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

}  // namespace

LoginState::LoginState(const LoginSettings& login_settings, const AllowList& allow)
    : settings(login_settings),
      allow_list(allow),
      attempts_capacity(static_cast<std::size_t>(settings.attempts)),
      attempts_bytes(in_whole_lines(sizeof(Attempt) * attempts_capacity)),
      users_capacity(static_cast<std::size_t>(settings.spray_users)),
      sessions(limits::tracked_sessions_max, 0, base::Duration::minutes(3), settings.seed, undo,
               settings.pages),
      names(limits::source_host_names_max, 0, base::Duration::hours(24), settings.seed, undo,
            settings.pages),
      // Larger rings mean fewer records: the table's memory stays what it is with the defaults.
      addresses(limits::tracked_addresses_max * default_address_bytes /
                    (sizeof(AddressRecord) + attempts_bytes + sizeof(UserTry) * users_capacity),
                attempts_bytes + sizeof(UserTry) * users_capacity, longest_span(settings),
                settings.seed, undo, settings.pages),
      networks(
          limits::tracked_networks_max * 6 / static_cast<std::size_t>(settings.network_attempts),
          sizeof(SharedAttempt) * static_cast<std::size_t>(settings.network_attempts),
          std::max(settings.network_window, settings.quiet), settings.seed, undo, settings.pages),
      users(limits::tracked_users_max * 20 / static_cast<std::size_t>(settings.user_attempts),
            sizeof(SharedAttempt) * static_cast<std::size_t>(settings.user_attempts),
            longest_span(settings), settings.seed, undo, settings.pages),
      episodes(undo, {settings.update_interval, settings.quiet, settings.success_lookback},
               settings.pages),
      name_tags_(names_size),
      user_names_(names_size) {
  undo.record(settings.lateness.ticks > 0);
}

void LoginState::keep_user(std::uint64_t hash, std::string_view name) {
  NamedUser& place = user_names_[hash % names_size];
  std::uint32_t& tag = name_tags_[hash % names_size];
  undo.save(place);  // which name was overwritten must not depend on the order of arrival
  undo.save(tag);
  tag = name_tag(hash);
  place.hash = hash;
  place.name.assign(name);
}

UserName LoginState::user_name(std::uint64_t hash) const {
  const NamedUser& place = user_names_[hash % names_size];
  return place.hash == hash ? place.name : UserName{};
}

}  // namespace vedette::detect
