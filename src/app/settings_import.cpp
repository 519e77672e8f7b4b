#include "app/settings_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/settings_file.h"
#include "base/text.h"

namespace vedette::app {
namespace {

constexpr std::size_t settings_max = 1'000;
constexpr std::uint64_t tls_port = 465;  // RFC 8314: TLS from the first byte

// What older tools call a thing; the name that they use most comes first.
struct Meaning {
  std::string_view what;
  std::array<std::string_view, 10> names;
};

constexpr std::array meanings{
    Meaning{"tenant", {"TENANT_ID", "AZURE_TENANT_ID", "GRAPH_TENANT_ID", "MS_TENANT_ID"}},
    Meaning{"client_id",
            {"CLIENT_ID", "AZURE_CLIENT_ID", "GRAPH_CLIENT_ID", "APP_ID", "MS_CLIENT_ID"}},
    Meaning{"client_secret",
            {"CLIENT_SECRET", "AZURE_CLIENT_SECRET", "GRAPH_CLIENT_SECRET", "APP_SECRET",
             "MS_CLIENT_SECRET"}},
    Meaning{"subscription", {"SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"}},
    Meaning{"resource_group", {"RESOURCE_GROUP", "RESOURCE_GROUP_NAME", "AZURE_RESOURCE_GROUP"}},
    Meaning{"workspace", {"WORKSPACE_NAME", "WORKSPACE", "SENTINEL_WORKSPACE"}},
    Meaning{"workspace_id",
            {"WORKSPACE_ID", "LOG_ANALYTICS_WORKSPACE_ID", "LOGANALYTICS_WORKSPACE_ID"}},
    Meaning{"host", {"SMTP_SERVER", "SMTP_HOST", "MAIL_SERVER", "EMAIL_HOST"}},
    Meaning{"port", {"SMTP_PORT", "MAIL_PORT", "EMAIL_PORT"}},
    Meaning{"user",
            {"SMTP_USER", "SMTP_USERNAME", "MAIL_USERNAME", "EMAIL_USER", "EMAIL_HOST_USER"}},
    Meaning{
        "password",
        {"SMTP_PASSWORD", "SMTP_PASS", "MAIL_PASSWORD", "EMAIL_PASSWORD", "EMAIL_HOST_PASSWORD"}},
    Meaning{"from", {"SMTP_FROM", "EMAIL_FROM", "FROM_EMAIL", "MAIL_FROM", "SENDER_EMAIL"}},
    Meaning{"recipients",
            {"ALERT_RECIPIENTS", "EMAIL_RECIPIENTS", "RECIPIENTS", "RECIPIENT_EMAIL", "EMAIL_TO",
             "ADMIN_EMAILS", "ADMIN_EMAIL", "IT_ADMIN_EMAILS", "ALERT_EMAIL", "TO_EMAIL"}},
};

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The texts in quotes, in order; a comment ends the line.
std::vector<std::string> quoted(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size() && text[at] != '#'; ++at) {
    if (text[at] != '"' && text[at] != '\'') continue;
    const auto end = text.find(text[at], at + 1);
    if (end == std::string_view::npos) break;
    found.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return found;
}

std::vector<base::Secret> values_of(std::string_view text) {
  std::vector<base::Secret> values;
  std::vector<std::string> texts = quoted(text);
  // os.getenv("NAME", "value"): the name is no value.
  const bool is_lookup = text.starts_with("os.");
  if (is_lookup && !texts.empty()) texts.erase(texts.begin());
  if (texts.empty() && !is_lookup) {
    const std::string_view plain = base::trim(text.substr(0, text.find(" #")));
    if (!plain.empty() && plain.front() != '[' && plain.front() != '{' && plain.front() != '#')
      texts.emplace_back(plain);
  }
  for (auto& each : texts) values.emplace_back(std::move(each));
  return values;
}

class Import {
 public:
  Import(const std::vector<OldSetting>& old, std::string folder)
      : old_(old), folder_(std::move(folder)) {}

  ImportedSettings run() {
    tenant();
    mail();
    for (const auto& setting : old_)
      if (what_is(setting.name).empty()) out_.left_out.push_back(setting.name);
    return std::move(out_);
  }

 private:
  static std::string_view what_is(std::string_view name) {
    for (const auto& meaning : meanings)
      for (const auto known : meaning.names)
        if (!known.empty() && base::equals_ignoring_case(known, name)) return meaning.what;
    return {};
  }
  [[nodiscard]] const OldSetting* find(std::string_view what) const {
    const auto found = std::ranges::find_if(
        old_, [&](const OldSetting& setting) { return what_is(setting.name) == what; });
    return found == old_.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::string value(std::string_view what) const {
    const auto* setting = find(what);
    if (setting == nullptr || setting->values.empty()) return {};
    return std::string(setting->values.front().reveal());
  }
  void line(std::string_view key, const std::string& text) {
    if (!text.empty()) out_.toml += fmt::format("{} = {}\n", key, toml_string(text));
  }
  void plain(std::string_view key, std::string_view what) { line(key, value(what)); }
  void secret(std::string_view key, std::string_view what, const std::string& file) {
    const auto* setting = find(what);
    if (setting == nullptr) return;
    if (folder_.empty() || setting->values.empty()) return line(key, "env:" + setting->name);
    out_.secrets.insert_or_assign(file, setting->values.front());
    line(key, "file:" + folder_ + "/" + file);
  }

  void tenant() {
    if (find("tenant") == nullptr && find("client_id") == nullptr) return;
    out_.toml += "[[tenant]]\nname = \"tenant\"        # give it a name that will stay\n";
    plain("id", "tenant");
    plain("client_id", "client_id");
    secret("client_secret", "client_secret", "client-secret");
    const bool has_sentinel = find("subscription") != nullptr &&
                              find("resource_group") != nullptr && find("workspace") != nullptr;
    out_.toml += fmt::format("collect = [\"sign-ins\", \"audits\", \"risk\", \"identities\"{}]\n",
                             has_sentinel ? ", \"sentinel\"" : "");
    for (const auto what : {"subscription", "resource_group", "workspace", "workspace_id"})
      plain(what, what);
  }

  void mail() {
    if (find("host") == nullptr) return;
    out_.toml += "\n[smtp]\n";
    plain("host", "host");
    if (const auto port = base::parse_unsigned(value("port")))
      out_.toml += fmt::format("port = {}\n{}", *port, *port == tls_port ? "tls = \"tls\"\n" : "");
    line("from", find("from") != nullptr ? value("from") : value("user"));
    plain("user", "user");
    secret("password", "password", "mail-password");
    std::vector<std::string> to;
    if (const auto* recipients = find("recipients"))
      for (const auto& each : recipients->values)
        for (const std::string_view one : base::split(each.reveal(), ','))
          if (!base::trim(one).empty()) to.emplace_back(toml_string(base::trim(one)));
    if (to.empty()) return;
    out_.toml += "\n[[channel]]\nname = \"mail\"\nkind = \"mail\"\nto = [";
    for (std::size_t i = 0; i < to.size(); ++i) out_.toml += (i > 0 ? ", " : "") + to[i];
    out_.toml += "]\n";
  }

  const std::vector<OldSetting>& old_;
  const std::string folder_;
  ImportedSettings out_;
};

}  // namespace

std::vector<OldSetting> read_old_settings(std::string_view text) {
  std::vector<OldSetting> settings;
  for (std::string_view line : base::split(text, '\n')) {
    line = base::trim(line);
    if (line.starts_with("export ")) line = base::trim(line.substr(7));
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view name = base::trim(line.substr(0, equals));
    if (!is_name(name) || settings.size() >= settings_max) continue;
    settings.push_back({std::string(name), values_of(base::trim(line.substr(equals + 1)))});
  }
  return settings;
}

std::vector<OldSetting> environment_settings(const notify::EnvironmentLookup& environment) {
  std::vector<OldSetting> settings;
  for (const auto& meaning : meanings)
    for (const std::string_view name : meaning.names) {
      if (name.empty()) continue;
      auto value = environment(std::string(name));
      if (!value || value->empty()) continue;
      OldSetting& setting = settings.emplace_back();
      setting.name = name;
      setting.values.emplace_back(*std::move(value));
    }
  return settings;
}

ImportedSettings import_settings(const std::vector<OldSetting>& old,
                                 const std::string& secrets_folder) {
  return Import(old, secrets_folder).run();
}

}  // namespace vedette::app
