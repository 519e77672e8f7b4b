#include "app/watch_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr const char* description =
    "Tail log files, detect attacks on log-ins as they happen, print them and tell a chat.\n"
    "Without FILE it finds this machine's own log, or its systemd journal. `-` reads standard "
    "input.";

constexpr const char* footer =
    "Examples:\n"
    "  sudo vedette watch\n"
    "  vedette watch --once --json /var/log/auth.log.1\n"
    "  vedette watch /var/log/auth.log --webhook env:SLACK_URL --allow 10.0.0.0/8\n"
    "  sudo vedette watch --journal --from-start\n"
    "\nAlerts go to standard output, everything else to standard error.";

// An option that takes a span of time: 90, 90s, 10m, 2h, 1d.
void add_duration(CLI::App& app, const char* name, Duration& value, const char* text) {
  app.add_option_function<std::string>(
         name,
         [&value, name](const std::string& given) {
           const auto parsed = base::parse_duration(given);
           if (!parsed) {
             throw CLI::ValidationError(fmt::format(
                 "{}: \"{}\" is no span of time; write 90s, 10m, 2h or 1d", name, given));
           }
           value = *parsed;
         },
         fmt::format("{} [{}]", text, value.ticks == 0 ? "0" : base::format_duration(value)))
      ->type_name("TIME");
}

void add_number(CLI::App& app, const char* name, int& value, const char* text) {
  app.add_option(name, value, fmt::format("{} [{}]", text, value))->type_name("N");
}

void add_detection_options(CLI::App& app, detect::LoginSettings& s) {
  app.option_defaults()->group("Detection");
  add_number(app, "--threshold", s.attempts, "failures of one address that are brute force, 1-100");
  add_duration(app, "--window", s.window, "the window they must lie in, 1s-24h");
  add_number(app, "--spray-users", s.spray_users,
             "user names of one address that are a spray, 2-32");
  add_duration(app, "--spray-window", s.spray_window, "the window they must lie in, 1m-24h");
  add_number(app, "--user-attempts", s.user_attempts, "failures on one account, 2-100, and");
  add_number(app, "--user-addresses", s.user_addresses, "the addresses they must come from");
  add_duration(app, "--user-window", s.user_window, "the window they must lie in, 1s-24h");
  add_number(app, "--network-attempts", s.network_attempts,
             "failures of one /24 or /64, 2-200, and");
  add_number(app, "--network-addresses", s.network_addresses, "the addresses they must come from");
  add_duration(app, "--network-window", s.network_window, "the window they must lie in, 1s-24h");
  add_duration(app, "--success-lookback", s.success_lookback,
               "how far back an attack makes a log-in suspicious, 1m-24h");
  add_number(app, "--success-failures", s.success_failures,
             "slow failures on one account that do so too, 2-1000");
  add_duration(app, "--quiet-time", s.quiet, "an attack without a failure for this long is over");
  add_duration(app, "--update-interval", s.update_interval, "tell again while an attack lasts");
  add_duration(app, "--lateness", s.lateness,
               "lines may come this much out of order (merged or forwarded logs), 0-10m");
}

void add_privilege_options(CLI::App& app, detect::PrivilegeSettings& s) {
  app.add_flag("!--no-new-users", s.new_users, "do not tell of accounts that are made");
  app.add_flag("!--no-root-logins", s.root_logins,
               "do not tell when root logs in over SSH or at a terminal");
  add_duration(app, "--root-again", s.root_again,
               "root from the same place within this time is no news, 0-365d");
  app.add_option("--administrator-groups", s.administrator_groups,
                 "whoever is put into one of these groups is an administrator "
                 "[sudo wheel admin root docker lxd]; repeatable, replaces all of them")
      ->type_name("GROUP")
      ->allow_extra_args(false);
}

void add_output_options(CLI::App& app, WatchOptions& options) {
  app.option_defaults()->group("Output");
  app.add_flag("--json", options.json, "one JSON object a line for each change of an alert");
  app.add_flag("-q,--quiet", options.quiet, "no progress, counters or summary");
  app.add_option("--color", options.colour, "auto, always or never [auto]")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""))
      ->type_name("WHEN");
  app.add_flag("--show-unreadable", options.show_unreadable,
               "list examples of the lines that could not be read, at the end");
  app.add_option("--webhook", options.webhooks,
                 "tell Slack, Discord or any webhook; also env:NAME or file:PATH, which keep the "
                 "address out of the process list; repeatable")
      ->type_name("URL")
      ->allow_extra_args(false);
  app.add_option("--webhook-secret", options.webhook_secret,
                 "env:NAME or file:PATH of the key that signs generic webhooks (Standard Webhooks)")
      ->type_name("REF");
  app.add_option("--ca-file", options.ca_file, "certificates to trust for webhooks (PEM)")
      ->type_name("FILE");
}

void add_input_options(CLI::App& app, WatchOptions& options) {
  app.add_option("FILE", options.files, "log files or quoted globs; - is standard input")
      ->type_name("");
  app.option_defaults()->group("Input");
  app.add_flag("--journal", options.journal,
               "the systemd journal, in place of files (without FILE it is found by itself)");
  app.add_option("--journal-folder", options.journal_folder,
                 "a folder of journal files in place of this machine's own journal")
      ->type_name("PATH");
  app.add_flag("--from-start", options.from_start, "also read what the files hold already");
  app.add_flag("--once", options.once, "read the files to their end, then stop");
  app.add_option("--zone", options.zone,
                 "time zone of stamps that name none: Europe/Berlin, UTC, +02:00 [this machine's]")
      ->type_name("ZONE");
  app.add_option("--year", options.year,
                 "year of the first line, for old files whose stamps have none")
      ->check(CLI::Range(1970, 9999).description(""))
      ->type_name("YEAR");
  app.add_option("--allow", options.allow,
                 "never alert on this address, network or host name, optionally until a date "
                 "(10.0.0.0/8@2026-12-31); repeatable")
      ->type_name("WHO")
      ->allow_extra_args(false);
  app.add_option("--allow-file", options.allow_files,
                 "a file of such, one a line, # begins a comment")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--geo", options.geo,
                 "place databases (MMDB files or a folder) in place of our own")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

base::Result<std::vector<std::string>> read_allow_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return base::failure(base::ErrorCode::not_found, fmt::format("cannot read {}", path));
  }
  std::vector<std::string> entries;
  std::string line;
  while (std::getline(file, line)) {
    const std::string_view text = base::trim(std::string_view(line).substr(0, line.find('#')));
    if (!text.empty()) entries.emplace_back(text);
    if (entries.size() > base::limits::allow_list_entries_max) break;  // `add` says so
  }
  return entries;
}

}  // namespace

ParsedWatchOptions parse_watch_options(Arguments arguments) {
  ParsedWatchOptions parsed;
  CLI::App app(description, "vedette watch");
  app.footer(footer);
  add_input_options(app, parsed.options);
  add_detection_options(app, parsed.options.detection);
  add_privilege_options(app, parsed.options.privileges);
  add_output_options(app, parsed.options);
  parsed.exit_code = parse_arguments(app, arguments);
  if (parsed.exit_code) return parsed;
  for (const auto& checked : {check(parsed.options.detection), check(parsed.options.privileges)}) {
    if (checked) continue;
    print_error("--" + checked.error().message);
    parsed.exit_code = exit_usage;
  }
  return parsed;
}

base::Result<detect::AllowList> make_allow_list(const WatchOptions& options,
                                                ports::Resolver& resolver, base::Timestamp now,
                                                std::vector<std::string>& notices) {
  std::vector<std::string> texts = options.allow;
  for (const auto& path : options.allow_files) {
    const auto entries = VEDETTE_TRY(value_of("--allow-file", read_allow_file(path)));
    texts.insert(texts.end(), entries.begin(), entries.end());
  }
  detect::AllowList list;
  for (const auto& text : texts) {
    auto entry = VEDETTE_TRY(value_of("--allow", detect::parse_allow_entry(text)));
    if (entry.until < now) notices.push_back(fmt::format("allow list: {} has expired", entry.text));
    if (!entry.host_name.empty()) {
      const auto addresses = resolver.resolve(entry.host_name);
      if (!addresses) {
        notices.push_back(
            fmt::format("allow list: {}; only log lines that name {} itself are allowed",
                        addresses.error().message, entry.host_name));
      } else {
        for (const auto& address : *addresses) entry.networks.push_back({address, 128});
      }
    }
    VEDETTE_TRY_VOID(value_of("--allow", list.add(std::move(entry))));
  }
  return list;
}

base::Result<normalise::StampOptions> make_stamp_options(const WatchOptions& options) {
  normalise::StampOptions stamps;
  stamps.zone = VEDETTE_TRY(value_of("--zone", base::TimeZone::find(options.zone)));
  stamps.year = options.year;
  stamps.learn_zone = options.zone == "local";
  return stamps;
}

}  // namespace vedette::app
