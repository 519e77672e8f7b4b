// Owns: the settings of `vedette serve`: what each is called in the TOML file, its default and its
// range. Promises: a setting that is left out has a default that works; everything that is wrong in
// a file is said at once, each with file, line and remedy; an unknown name is an error with a "did
// you mean". Secrets are values that cannot be printed; where one was given by reference only the
// reference is shown. Must not know: what is done with the settings. Called from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/channel_setting.h"
#include "app/feed_setting.h"
#include "app/hunt_setting.h"
#include "app/ingest_setting.h"
#include "app/intel_setting.h"
#include "app/journal_setting.h"
#include "app/mail_setting.h"
#include "app/misp_setting.h"
#include "app/pull_setting.h"
#include "app/push_setting.h"
#include "app/remote_setting.h"
#include "app/respond_setting.h"
#include "app/syslog_setting.h"
#include "app/taxii_setting.h"
#include "app/tenant_setting.h"
#include "base/ip.h"
#include "base/time.h"
#include "detect/identity/identity_settings.h"
#include "detect/login_settings.h"
#include "detect/privilege_settings.h"
#include "detect/windows/windows_settings.h"
#include "notify/message_templates.h"

namespace vedette::app {

struct FileSetting {
  std::string path;         // or a glob
  bool from_start = false;  // the first time it is seen: read what it holds already
  bool is_windows = false;  // its lines are Windows events
};

// Who may use the link in a policy's message.
enum class AcknowledgeByLink : std::uint8_t { off, log_in, anybody };

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

// Whether the web app is served over TLS. Automatic: everywhere but on loopback, and in a
// container, of which only loopback is published.
enum class HttpTls : std::uint8_t { automatic, on, off };

struct Configuration {
  std::filesystem::path data_folder;  // empty: data_folder.h decides

  int journal_keep_days = 3;
  std::uint64_t journal_bytes_max = 2'000'000'000;
  int store_keep_days = 30;
  std::uint64_t store_bytes_max = 0;  // 0: no bound
  int incidents_keep_days = 365;      // after they were closed
  int messages_keep_days = 30;        // after they were settled, of incidents that are closed
  bool incidents_write_back = false;  // tell Sentinel what is done here to its incidents
  // What must stay free on the disk; 0: 512 MB or 5 %, whichever is more.
  std::uint64_t room_reserve_bytes = 0;

  // Empty, and the journals too: where this system keeps its log-in records.
  std::vector<FileSetting> files;
  std::vector<JournalSetting> journals;
  std::vector<SyslogSetting> syslog;
  CloudSetting cloud;
  std::vector<TenantSetting> tenants;
  IngestSetting ingest;
  RespondSetting respond;
  std::string zone = "local";  // of stamps that name none

  std::vector<std::string> place_databases;  // empty: those that come with the program

  detect::LoginSettings detection;
  detect::PrivilegeSettings privileges;
  detect::windows::WindowsSettings windows;
  detect::identity::IdentitySettings identity;
  IntelSettings intel;
  std::vector<MispSetting> misps;
  std::vector<PullSetting> pulls;
  std::vector<FeedSetting> feeds;
  std::vector<TaxiiSetting> taxiis;
  std::vector<PushSetting> pushes;
  std::vector<std::string> allow, allow_files;

  std::vector<ChannelSetting> channels;
  MailServerSetting mail_server;  // or graph_mail; where both are empty there is no mail
  GraphMailSetting graph_mail;
  std::string ca_file;           // certificates to trust for channels
  std::string templates_folder;  // of messages; empty: those that come with the program
  notify::Templates templates = notify::MessageTemplates::built_in();

  bool http_enabled = true;
  base::IpAddress http_address;         // 127.0.0.1 unless set
  std::uint16_t http_port = 8343;       // 0: any free one
  bool in_container = false;            // container_setting.h
  std::vector<std::string> http_hosts;  // names that a request's Host may say, besides our own
  HttpTls http_tls = HttpTls::automatic;
  std::string http_certificate, http_key;      // PEM files; empty: one is made
  std::vector<base::IpNetwork> http_proxies;   // web servers in front whose word counts
  std::vector<model::Role> second_factor_for;  // who needs a second factor

  // Under which people reach us, without a '/' at its end; empty: messages have no links.
  std::string http_public_url;

  std::vector<std::string> hunt_hosts;  // that externaldata may read
  std::vector<ScheduledHunt> scheduled_hunts;
  std::vector<RemoteSetting> remotes;  // where KQL is run elsewhere
  std::string hunts_folder;            // of hunts beside the shipped ones; empty: none
  std::string functions_folder;        // of functions that queries may call; empty: none

  std::string policies_folder;  // of policies beside the shipped ones; empty: none
  AcknowledgeByLink acknowledge_by_link = AcknowledgeByLink::log_in;

  std::string audit_mail_to;  // the end of the audit log, once a day; empty: it is not mailed

  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;

  // Where these settings' references are read (env:, file:, vault:).
  notify::EnvironmentLookup secrets;

  std::string tables;  // that the web app keeps and that are in all this (connection_settings.h)

  Configuration();
  // Whether the web app is served over TLS by ourselves.
  [[nodiscard]] bool speaks_tls() const;
  // How people reach the web app, its log-in and the log, as these settings say.
  void take_doors_of(const Configuration& other);
  // The sender's address of our mails; empty: there are none.
  [[nodiscard]] const std::string& mail_from() const {
    return mail_server.host.empty() ? graph_mail.from : mail_server.from;
  }
};

// Each in one line: "vedette.toml:12: ...".
using ConfigurationProblems = std::vector<std::string>;

// `file_name` is only for the messages. `tables`: what the web app keeps, over the file's.
[[nodiscard]] std::expected<Configuration, ConfigurationProblems> read_configuration(
    std::string_view text, const std::string& file_name,
    const notify::EnvironmentLookup& environment, const std::string& tables = {});
// The file's settings; all defaults when `path` is empty.
[[nodiscard]] std::expected<Configuration, ConfigurationProblems> load_configuration(
    const std::filesystem::path& path, const notify::EnvironmentLookup& environment,
    const std::string& tables = {});

// The effective settings as TOML text that can be read again, but for secrets.
[[nodiscard]] std::string show_configuration(const Configuration& configuration);
// Of a section such as [detect]: each setting, and its value as TOML.
struct ShownSetting {
  std::string_view key;
  std::string value;
};
[[nodiscard]] std::vector<ShownSetting> settings_of(std::string_view section,
                                                    const Configuration& configuration);
// "journal.keep_days", "channel.url" ...: all that there are, for the tests of the guide.
[[nodiscard]] std::vector<std::string> setting_names();

// Where a system's administrator puts the file; empty when it is not there.
[[nodiscard]] std::filesystem::path find_configuration_file();

}  // namespace vedette::app
