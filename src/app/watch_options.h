// Owns: the words of `vedette watch` and what they mean.
// Promises: every wrong value is named with what would be right. Must not know: how watching is
// done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/result.h"
#include "base/secret.h"
#include "detect/allow_list.h"
#include "detect/login_settings.h"
#include "detect/privilege_settings.h"
#include "normalise/line_stamp.h"
#include "notify/channel_address.h"
#include "ports/resolver.h"

namespace vedette::app {

struct WatchOptions {
  std::vector<std::string> files;  // paths, globs, "-"; empty: the usual places
  bool journal = false;            // the systemd journal in place of files
  std::string journal_folder;      // of journal files; empty: this machine's own
  bool from_start = false;
  bool once = false;
  bool json = false;
  bool quiet = false;
  bool show_unreadable = false;
  std::string colour = "auto";  // auto, always, never
  std::vector<std::string> geo;
  std::string ca_file;
  std::string webhook_secret;
  std::vector<std::string> webhooks;
  std::vector<std::string> allow, allow_files;
  std::string zone = "local";
  std::optional<int> year;
  detect::LoginSettings detection;
  detect::PrivilegeSettings privileges;
};

// Empty optional inside: `exit_code` says how the program ends (help, or wrong words).
struct ParsedWatchOptions {
  std::optional<int> exit_code;
  WatchOptions options;
};
[[nodiscard]] ParsedWatchOptions parse_watch_options(Arguments arguments);

// What went wrong with an option's value is the user's to mend: the option is named, and the exit
// code will be exit_usage.
template <typename T>
[[nodiscard]] base::Result<T> value_of(const char* option, base::Result<T> value) {
  if (value) return value;
  return base::failure(base::ErrorCode::invalid_argument,
                       std::string(option) + ": " + value.error().message);
}

// The allow list of the options; host names are resolved once. What could not be resolved, or has
// expired at `now`, is told in `notices`.
[[nodiscard]] base::Result<detect::AllowList> make_allow_list(const WatchOptions& options,
                                                              ports::Resolver& resolver,
                                                              base::Timestamp now,
                                                              std::vector<std::string>& notices);
[[nodiscard]] base::Result<normalise::StampOptions> make_stamp_options(const WatchOptions& options);

}  // namespace vedette::app
