#include "app/configuration.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "app/settings_file.h"

namespace vedette::app {
namespace {

const std::map<std::string, std::string> variables{
    {"CHAT_URL", "https://discord.com/api/webhooks/123/abcDEF-planted-secret"},
    {"SIGNING", "a signing key of at least 24 bytes"},
    {"HOME", "/h/someone"}};

std::optional<std::string> environment(const std::string& name) {
  const auto found = variables.find(name);
  if (found == variables.end()) return std::nullopt;
  return found->second;
}

auto read(std::string_view text) {
  return read_configuration(text, "v.toml", environment);
}

std::vector<std::string> problems_of(std::string_view text) {
  const auto result = read(text);
  return result ? std::vector<std::string>{} : result.error();
}

std::string file_text(const std::string& path) {
  std::ifstream file(std::string(VEDETTE_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Configuration, AnEmptyFileIsAllDefaults) {
  const auto c = read("");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->journal_keep_days, 3);
  EXPECT_EQ(c->store_keep_days, 30);
  EXPECT_EQ(base::format_ip(c->http_address), "127.0.0.1");
  EXPECT_TRUE(c->files.empty());
  EXPECT_TRUE(c->http_enabled);
}

TEST(Configuration, ReadsEverything) {
  const auto c = read(R"(
[data]
folder = "/srv/vedette"
[journal]
keep_days = 5
bytes_max = "4 GB"
[store]
keep_days = 90
bytes_max = "1 GiB"
[room]
reserve = 1000000
[normalise]
zone = "Europe/Berlin"
[detect]
threshold = 5
window = "2m"
lateness = 5
allow = ["10.0.0.0/8", "bastion.example.org@2027-01-01"]
[[file]]
path = "/var/log/auth.log"
[[file]]
path = "/var/log/remote/*/auth.log"
read = "all"
[[channel]]
name = "team chat"
url = "env:CHAT_URL"
severity = "medium"
[[channel]]
name = "hook"
kind = "webhook"
url = "https://hooks.example.org/in"
signing_secret = "env:SIGNING"
[http]
port = 0
address = "::1"
[log]
level = "debug"
format = "json"
)");
  ASSERT_TRUE(c) << c.error().front();
  EXPECT_EQ(c->data_folder, "/srv/vedette");
  EXPECT_EQ(c->journal_bytes_max, 4'000'000'000U);
  EXPECT_EQ(c->store_bytes_max, 1ULL << 30);
  EXPECT_EQ(c->room_reserve_bytes, 1'000'000U);
  EXPECT_EQ(c->detection.attempts, 5);
  EXPECT_EQ(c->detection.window, base::Duration::minutes(2));
  EXPECT_EQ(c->detection.lateness, base::Duration::seconds(5));
  ASSERT_EQ(c->files.size(), 2U);
  EXPECT_FALSE(c->files[0].from_start);
  EXPECT_TRUE(c->files[1].from_start);
  ASSERT_EQ(c->channels.size(), 2U);
  EXPECT_EQ(c->channels[0].address.kind, notify::ChannelKind::discord);
  EXPECT_EQ(c->channels[0].least_severity, model::Severity::medium);
  EXPECT_EQ(c->channels[1].signing_secret.reveal(), variables.at("SIGNING"));
  EXPECT_EQ(c->http_port, 0);
  EXPECT_EQ(c->log_format, LogFormat::json);
}

// What is in a message's link lets people in.
TEST(Configuration, LinksLeadToOneAddressOnly) {
  const auto c = read("[http]\npublic_url = \"https://Vedette.Example.org/\"\n");
  ASSERT_TRUE(c) << c.error().front();
  EXPECT_EQ(c->http_public_url, "https://vedette.example.org");
  EXPECT_EQ(c->acknowledge_by_link, AcknowledgeByLink::log_in);
  EXPECT_EQ(read("[policies]\nacknowledge_by_link = \"anybody\"\n")->acknowledge_by_link,
            AcknowledgeByLink::anybody);
  for (const char* wrong : {"http://vedette.example.org", "https://a.example/path", "ftp://a", "a",
                            "https://u:p@a.example", "https://a.example/?x=1"})
    EXPECT_EQ(problems_of("[http]\npublic_url = \"" + std::string(wrong) + "\"\n").size(), 1U)
        << wrong;
  EXPECT_EQ(problems_of("[audit]\nmail_to = \"x\\nBcc: y@z\"\n").size(), 1U);
  EXPECT_NE(problems_of("[audit]\nmail_to = \"a@example.org\"\n").at(0).find("needs [smtp]"),
            std::string::npos);
}

TEST(Configuration, SaysEverythingThatIsWrongAtOnceWithLineAndRemedy) {
  const auto problems = problems_of(
      "[journal]\nkeep_dayz = 3\nkeep_days = 0\n[stor]\nkeep_days = 1\n[detect]\nwindow = "
      "\"soon\"\n"
      "allow = [\"nowhere/99\"]\n[http]\naddress = \"nowhere\"\n[[channel]]\nname = \"x\"\n"
      "url = \"env:NOT_SET\"\n[[file]]\nread = \"some\"\n");
  const std::vector<std::string> beginnings{
      "v.toml:2: [journal] has no setting \"keep_dayz\"; did you mean keep_days?",
      "v.toml:3: journal.keep_days: is 0; it must be from 1 to 36500",
      "v.toml:4: there is no section [stor]; did you mean store?",
      "v.toml:7: detect.window: must be a span of time",
      "v.toml:8: detect.allow: ",
      "v.toml:10: http.address: is no address; write 127.0.0.1",
      "v.toml:13: channel.url: env:NOT_SET",
      "v.toml:14: [[file]] needs a path",
      "v.toml:15: file.read: must be one of \"new\", \"all\"",
  };
  ASSERT_EQ(problems.size(), beginnings.size()) << testing::PrintToString(problems);
  for (std::size_t i = 0; i < problems.size(); ++i)
    EXPECT_TRUE(problems[i].starts_with(beginnings[i])) << problems[i];
}

// S19: TLS everywhere but on loopback, and in a container, of which only loopback is published.
TEST(Configuration, TheWebAppIsPlainOnLoopbackOnly) {
  const auto speaks = [](const std::string& lines) {
    const auto c = read("[http]\n" + lines);
    EXPECT_TRUE(c) << lines;
    return c && c->speaks_tls();
  };
  EXPECT_FALSE(speaks(""));
  EXPECT_FALSE(speaks("address = \"::1\""));
  EXPECT_TRUE(speaks("address = \"0.0.0.0\""));
  EXPECT_TRUE(speaks("address = \"192.0.2.7\""));
  EXPECT_TRUE(speaks("tls = \"on\""));
  EXPECT_TRUE(speaks("certificate = \"a.pem\"\nkey = \"a.key\""));
  EXPECT_FALSE(speaks("address = \"0.0.0.0\"\ntls = \"off\"\nproxies = [\"10.0.0.0/8\"]"));
  auto contained = *read("");
  contained.in_container = true;
  contained.http_address = *base::parse_ip("0.0.0.0");
  EXPECT_FALSE(contained.speaks_tls());
  for (const char* wrong :
       {"address = \"0.0.0.0\"\ntls = \"off\"", "certificate = \"a.pem\"", "key = \"a.key\"",
        "proxies = [\"here\"]", "tls = \"yes\"", "second_factor_for = [\"king\"]"})
    EXPECT_EQ(problems_of("[http]\n" + std::string(wrong)).size(), 1U) << wrong;
  const auto c = read(
      "[http]\nsecond_factor_for = [\"admin\", \"responder\"]\n"
      "proxies = [\"10.0.0.5\"]\n");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->second_factor_for,
            (std::vector<model::Role>{model::Role::admin, model::Role::responder}));
  EXPECT_EQ(show_configuration(*read(show_configuration(*c))), show_configuration(*c));
}

TEST(Configuration, DetectorLimitsNameTheirLine) {
  const auto problems = problems_of("[detect]\nwindow = 60\nspray_users = 1\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0], "v.toml:3: detect.spray_users is 1; it must be from 2 to 32");
}

TEST(Configuration, WrongShapesAreNamed) {
  EXPECT_EQ(problems_of("journal = 3").front(),
            "v.toml:1: write [journal] in a line of its own, not journal = ...");
  EXPECT_TRUE(problems_of("[file]\npath = \"x\"").front().starts_with("v.toml:1: write [[file]]"));
  EXPECT_TRUE(problems_of("[journal\n").front().starts_with("v.toml:1: this is no TOML: "));
  EXPECT_TRUE(problems_of("[[channel]]\nname=\"a\"\nurl=\"https://h.example\"\n[[channel]]\n"
                          "name=\"a\"\nurl=\"https://i.example\"\n")
                  .front()
                  .starts_with("v.toml:4: channel.name: \"a\" is taken"));
}

TEST(Configuration, NoSecretIsShown) {
  const std::string text =
      "[[channel]]\nname = \"a\"\nurl = \"https://hooks.slack.com/services/T1/B1/planted1\"\n"
      "[[channel]]\nname = \"b\"\nurl = \"env:CHAT_URL\"\n"
      "[[channel]]\nname = \"c\"\nurl = \"https://h.example/planted2\"\n"
      "signing_secret = \"planted3 planted3 planted3\"\n";
  const auto c = read(text);
  ASSERT_TRUE(c) << c.error().front();
  const std::string shown = show_configuration(*c);
  EXPECT_EQ(shown.find("planted"), std::string::npos) << shown;
  EXPECT_NE(shown.find("url = \"env:CHAT_URL\""), std::string::npos) << shown;
  for (const auto& problem : problems_of(text + "[http]\nport = \"planted4\"\n"))
    EXPECT_EQ(problem.find("planted"), std::string::npos) << problem;
}

TEST(Configuration, WhatIsShownCanBeReadAgain) {
  const auto c =
      read("[detect]\nthreshold = 7\nwindow = \"90s\"\n[[file]]\npath = \"/a b\\\"c\"\n");
  ASSERT_TRUE(c);
  const auto again = read(show_configuration(*c));
  ASSERT_TRUE(again) << again.error().front();
  EXPECT_EQ(show_configuration(*again), show_configuration(*c));
  EXPECT_EQ(again->detection.attempts, 7);
  EXPECT_EQ(again->files[0].path, "/a b\"c");
}

TEST(Configuration, TheSampleIsAcceptedAndTheGuideNamesEverySetting) {
  const std::string sample = file_text("docs/vedette.sample.toml");
  const auto c = read_configuration(sample, "docs/vedette.sample.toml", environment);
  ASSERT_TRUE(c) << c.error().front();
  const std::string guide = file_text("docs/guides/serve.md");
  for (const auto& name : setting_names()) {
    const std::string key = name.substr(name.find('.') + 1);
    EXPECT_NE(guide.find("`" + key + "`"), std::string::npos) << "the guide lacks " << name;
    EXPECT_NE(sample.find(key + " = "), std::string::npos) << "the sample lacks " << name;
  }
}

// The sample shows the defaults: what it sets without a comment sign is what is set anyway.
TEST(Configuration, TheSampleWithItsCommentsTakenAwayIsAcceptedToo) {
  std::string text = file_text("docs/vedette.sample.toml");
  for (std::size_t at = 0; (at = text.find("\n#: ", at)) != std::string::npos;)
    text.replace(at, 4, "\n");
  const std::map<std::string, std::string> set = variables;
  const auto c = read_configuration(text, "sample", [](const std::string& name) {
    return name == "VEDETTE_SIGNING_KEY" ? environment("SIGNING") : environment("CHAT_URL");
  });
  ASSERT_TRUE(c) << testing::PrintToString(c.error());
  EXPECT_EQ(c->channels.size(), 4U);
  EXPECT_EQ(c->syslog.size(), 1U);
}

TEST(Configuration, ChannelsHaveRules) {
  const auto c = read(
      "[[channel]]\nname = \"chat\"\nurl = \"https://example.logic.azure.com/workflows/1?sig=x\"\n"
      "digest = 5\ndigest_window = \"20m\"\ncool_down = \"2h\"\nquiet = \"22:00-07:00\"\n"
      "quiet_zone = \"Europe/Berlin\"\nquiet_severity = \"medium\"\nfallback = \"hook\"\n"
      "fallback_failures = 2\nfallback_after = \"5m\"\n"
      "[[channel]]\nname = \"hook\"\nurl = \"https://h.example\"\n"
      "[[channel]]\nname = \"tickets\"\nkind = \"jira\"\nurl = \"https://x.atlassian.net\"\n"
      "user = \"bot\"\ntoken = \"planted-token\"\nproject = \"SOC\"\n");
  ASSERT_TRUE(c) << c.error().front();
  const auto& rules = c->channels[0].rules;
  EXPECT_EQ(c->channels[0].address.kind, notify::ChannelKind::teams);
  EXPECT_EQ(rules.digest_after, 5U);
  EXPECT_EQ(rules.digest_window, base::Duration::minutes(20));
  EXPECT_EQ(rules.cool_down, base::Duration::hours(2));
  EXPECT_EQ(rules.quiet->zone.name(), "Europe/Berlin");
  EXPECT_EQ(rules.quiet->through, model::Severity::medium);
  EXPECT_EQ(rules.fallback, "hook");
  EXPECT_FALSE(rules.repeats_are_known);
  const auto& hook = c->channels[1].rules;
  EXPECT_EQ(hook.digest_after, 0U) << "a program is told each";
  EXPECT_EQ(hook.cool_down, base::Duration());
  EXPECT_TRUE(c->channels[2].rules.names_incidents);
  const std::string shown = show_configuration(*c);
  EXPECT_EQ(shown.find("planted-token"), std::string::npos);
  EXPECT_NE(shown.find("quiet = \"22:00-07:00\""), std::string::npos) << shown;
}

TEST(Configuration, ChannelsThatCannotWorkAreSaid) {
  const std::string hook = "[[channel]]\nname = \"a\"\nurl = \"https://h.example\"\n";
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"fallback = \"a\"", "names the channel itself"},
           {"fallback = \"b\"", "there is no channel \"b\""},
           {"digest = 5", "a webhook or a ticket is about one incident"},
           {"quiet = \"late\"", "as in quiet = \"22:00-07:00\""},
           {"quiet = \"22:00-07:00\"\nquiet_zone = \"Mars\"", "unknown time zone"},
           {"quiet = \"22:00-07:00\"\nquiet_severity = \"informational\"",
            "nothing would be quiet"},
           {"cool_down = \"30d\"", "must not be more than 7d"},
           {"fallback_failures = 0", "from 1 to 1000"},
           {"token = \"x\"", "are for kind = \"jira\""},
           {"[notify]\ntemplates = \"/nowhere/at/all\"", "notify.templates: cannot look into"}}) {
    const auto problems = problems_of(hook + text + "\n");
    ASSERT_FALSE(problems.empty()) << text;
    EXPECT_NE(problems[0].find(words), std::string::npos) << problems[0];
  }
}

TEST(Configuration, SyslogDoors) {
  const auto c = read(R"(
[[syslog]]
address = "::"
port = 1514
senders = ["10.0.0.0/8", "2001:db8::1"]
connections_max = 10
message_bytes_max = "8 KiB"
idle_timeout = "5m"
[[syslog]]
)");
  ASSERT_TRUE(c) << testing::PrintToString(c.error());
  ASSERT_EQ(c->syslog.size(), 2U);
  EXPECT_EQ(c->syslog[0].source(), "syslog:tcp:1514");
  EXPECT_EQ(c->syslog[0].senders.size(), 2U);
  EXPECT_EQ(c->syslog[0].message_bytes_max, 8192U);
  EXPECT_EQ(base::format_ip(c->syslog[1].address), "127.0.0.1");
  EXPECT_EQ(c->syslog[1].port_or_default(), 514);
  const auto again = read(show_configuration(*c));
  ASSERT_TRUE(again) << again.error().front();
  EXPECT_EQ(show_configuration(*again), show_configuration(*c));
}

TEST(Configuration, WrongDoorsAndMailAreToldWithTheirRemedy) {
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"[[syslog]]\ntransport = \"smoke\"", "v.toml:2: syslog.transport"},
           {"[[syslog]]\ntransport = \"tls\"", "needs certificate and key"},
           {"[[syslog]]\nkey = \"/k\"", "are for transport"},
           {"[[syslog]]\naddress = \"everywhere\"", "0.0.0.0"},
           {"[[syslog]]\nsenders = [\"ten\"]", "is no network"},
           {"[[syslog]]\nmessage_bytes_max = 3", "from 1024"},
           {"[[syslog]]\nidle_timeout = 1", "at least 10s"},
           {"[[syslog]]\n[[syslog]]", "listens on port 514 already"},
           {"[syslog]\nport = 1", "[[syslog]]"},
           {"[tenant]\nname = \"t\"", "needs id"},
           {"[[tenant]]\nid = \"t\"\nclient_id = \"c\"", "needs client_secret"},
           {"[[tenant]]\nid = \"t\"\nclient_id = \"c\"\nclient_secret = \"planted\"",
            "must not stand in this file"},
           {"[[tenant]]\nid = \"t\"\nclient_id = \"c\"\nclient_secret = \"env:NONE\"", "env:NONE"},
           {"[[tenant]]\nid = \"t\"\nsign_in = \"certificate\"", "needs certificate"},
           {"[[tenant]]\nsign_in = \"managed\"", "needs id"},
           {"[[tenant]]\nid = \"t\"\nsign_in = \"managed\"\ncollect = [\"mail\"]",
            "nothing that can be collected"},
           {"[[tenant]]\nid = \"t\"\nsign_in = \"managed\"\ncollect = [\"sentinel\"]",
            "needs subscription"},
           {"[[tenant]]\nid = \"t\"\nsign_in = \"managed\"\ncollect = [\"log-analytics\"]",
            "needs workspace_id"},
           {"[[tenant]]\nid = \"a/b\"", "may hold letters"},
           {"[[tenant]]\nid = \"t\"\nsign_in = \"managed\"\n"
            "[[tenant]]\nid = \"t\"\nsign_in = \"managed\"",
            "taken by another tenant"},
           {"[[tenant]]\ninterval = 1", "from 30 s"},
           {"[cloud]\ngraph = \"http://example.org\"", "must begin with https"},
           {"[cloud]\ngraph = \"http://127.0.0.1.example.org\"", "must begin with https"},
           {"[cloud]\ngraph = \"http://localhost:1@example.org\"", "is no address"},
           {"[cloud]\ngraph = \"graph.microsoft.com\"", "is no address"},
           {"[cloud]\nname = \"mars\"", "cloud.name"},
           {"[smtp]\nport = 25", "needs a host"},
           {"[smtp]\nhost = \"smtp.example.org\"", "needs from"},
           {"[smtp]\nhost = \"a b\"", "no host name"},
           {"[smtp]\nhost = \"h\"\nfrom = \"Me <a@b>\"", "no mail address"},
           {"[smtp]\nhost = \"smtp.example.org\"\nfrom = \"a@b\"\ntls = \"none\"",
            "only for a server on this machine"},
           {"[smtp]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"", "together with password"},
           {"[smtp]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\npassword = \"env:NONE\"",
            "env:NONE"},
           {"[[channel]]\nname = \"m\"\nkind = \"mail\"\nto = [\"a@b.org\"]", "needs [smtp]"},
           {"[smtp]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\ntoken = \"t\"\ntenant = \"c\"",
            "more than one of password, token and tenant"},
           {"[smtp]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\ntenant = \"c\"",
            "write one with that name"},
           {"[graph_mail]\nfrom = \"a@b\"", "needs tenant"},
           {"[graph_mail]\ntenant = \"c\"", "needs from"},
           {"[graph_mail]\ntenant = \"contosa\"\nfrom = \"a@b\"\n"
            "[tenant]\nid = \"contoso\"\nsign_in = \"managed\"",
            "did you mean contoso?"},
           {"[smtp]\nhost = \"h\"\nfrom = \"a@b\"\n[graph_mail]\ntenant = \"c\"\nfrom = \"a@b\"\n"
            "[tenant]\nid = \"c\"\nsign_in = \"managed\"",
            "set one of them"},
           {"[[channel]]\nname = \"m\"\nkind = \"mail\"", "mail addresses"},
           {"[[channel]]\nname = \"m\"\nkind = \"mail\"\nto = [\"a@b\\r\\nBcc: c@d\"]",
            "is no mail address"},
           {"[[channel]]\nname = \"m\"\nkind = \"mail\"\nurl = \"x\"\nto = [\"a@b\"]",
            "mail has no url"}}) {
    const auto problems = problems_of(text);
    ASSERT_FALSE(problems.empty()) << text;
    const std::string all = testing::PrintToString(problems);
    EXPECT_NE(all.find(said), std::string::npos) << text << " gave " << all;
  }
}

TEST(Configuration, AMailServerShowsNoPassword) {
  const auto c = read(
      "[smtp]\nhost = \"localhost\"\ntls = \"none\"\nfrom = \"a@b\"\nuser = \"u\"\n"
      "password = \"planted-secret\"\n[[channel]]\nname = \"m\"\nkind = \"mail\"\n"
      "to = [\"soc@example.org\"]\n");
  ASSERT_TRUE(c) << testing::PrintToString(c.error());
  EXPECT_EQ(c->mail_server.port_or_default(), 25);
  const std::string shown = show_configuration(*c);
  EXPECT_EQ(shown.find("planted"), std::string::npos);
  EXPECT_NE(shown.find("to = [\"soc@example.org\"]"), std::string::npos);
}

TEST(Configuration, MailThroughATenantIsShownAsItIsRead) {
  const std::string tenant =
      "[[channel]]\nname = \"m\"\nkind = \"mail\"\nto = [\"soc@example.org\"]\n"
      "[tenant]\nname = \"contoso\"\nsign_in = \"managed\"\ncollect = []\n";
  for (const std::string way :
       {"[graph_mail]\ntenant = \"contoso\"\nfrom = \"v@contoso.example\"\n",
        "[smtp]\nhost = \"smtp.office365.com\"\nfrom = \"v@contoso.example\"\n"
        "user = \"v@contoso.example\"\ntenant = \"contoso\"\n"}) {
    const auto c = read(tenant + way);
    ASSERT_TRUE(c) << testing::PrintToString(c.error());
    EXPECT_EQ(c->mail_from(), "v@contoso.example");
    const std::string shown = show_configuration(*c);
    EXPECT_NE(shown.find("tenant = \"contoso\""), std::string::npos);
    const auto again = read(shown);
    ASSERT_TRUE(again) << testing::PrintToString(again.error()) << shown;
    EXPECT_EQ(show_configuration(*again), shown);
  }
}

TEST(Configuration, ATenantIsShownAsItIsRead) {
  const auto c = read(
      "[cloud]\nname = \"us-government\"\ngraph = \"http://127.0.0.1:8700/\"\n"
      "[tenant]\nid = \"contoso.example\"\nsign_in = \"managed\"\ninterval = \"5m\"\n"
      "tables = [\"Syslog | take 5\"]\n");
  ASSERT_TRUE(c) << testing::PrintToString(c.error());
  ASSERT_EQ(c->tenants.size(), 1U);
  EXPECT_EQ(c->tenants[0].name, "contoso.example");
  const auto places = c->cloud.endpoints();
  EXPECT_EQ(places.graph.address, "http://127.0.0.1:8700");
  EXPECT_EQ(places.graph.scope, "https://graph.microsoft.us/.default");
  EXPECT_EQ(places.authority, "https://login.microsoftonline.us");
  const std::string shown = show_configuration(*c);
  const auto again = read(shown);
  ASSERT_TRUE(again) << testing::PrintToString(again.error()) << shown;
  EXPECT_EQ(show_configuration(*again), shown);
}

TEST(Configuration, Sizes) {
  EXPECT_EQ(parse_bytes("2 GB"), 2'000'000'000U);
  EXPECT_EQ(parse_bytes("512MiB"), 512U << 20);
  EXPECT_EQ(parse_bytes("0"), 0U);
  for (const char* bad : {"", "GB", "-1", "1.5 GB", "1 XB", "99999999999 GB"})
    EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(Configuration, ResponsesAreOffUnlessTheyAreSet) {
  const auto c = read("");
  ASSERT_TRUE(c);
  EXPECT_TRUE(c->respond.tenant.empty());
  EXPECT_EQ(c->respond.guard.mode, model::ActionMode::propose);
  EXPECT_TRUE(c->respond.guard.two_persons);
  EXPECT_EQ(c->respond.guard.accounts_an_hour, 3U);
}

TEST(Configuration, ResponsesNeedObjectIdsAndBreakGlass) {
  const auto first = [](std::string_view text) {
    const auto problems = problems_of(text);
    return problems.empty() ? std::string() : problems.front();
  };
  EXPECT_NE(first("[respond]\nmode = \"auto\"\n").find("needs break_glass"), std::string::npos);
  EXPECT_NE(first("[respond]\nbreak_glass = [\"anna@example.org\"]\n").find("is no object id"),
            std::string::npos);
  EXPECT_NE(first("[respond]\ntenant = \"contoso\"\n").find("there is no [[tenant]]"),
            std::string::npos);
  EXPECT_NE(first("[respond]\nautomatic = [\"enable_account\"]\n").find("nothing that is done"),
            std::string::npos);
  const std::string secret = first("[respond]\nclient_secret = \"planted\"\n");
  EXPECT_NE(secret.find("must not stand in this file"), std::string::npos);
  EXPECT_EQ(secret.find("planted"), std::string::npos);
  EXPECT_NE(first("[respond]\nclient_id = \"x\"\n").find("needs client_secret"), std::string::npos);
}

TEST(Configuration, ResponsesAreShownAsTheyAreRead) {
  const std::string text =
      "[[tenant]]\nname = \"contoso\"\nid = \"contoso.example\"\nclient_id = \"Reader\"\n"
      "client_secret = \"env:SIGNING\"\n[respond]\ntenant = \"contoso\"\nmode = \"auto\"\n"
      "break_glass = [\"AAAAAAAA-0000-4000-8000-000000000001\"]\nclient_id = \"Writer\"\n"
      "client_secret = \"env:SIGNING\"\nevidence_age = \"2d\"\n";
  const auto c = read(text);
  ASSERT_TRUE(c) << c.error().front();
  const auto again = read(show_configuration(*c));
  ASSERT_TRUE(again) << again.error().front();
  EXPECT_EQ(show_configuration(*again), show_configuration(*c));
  const auto* tenant = again->respond.find_tenant(again->tenants);
  ASSERT_NE(tenant, nullptr);
  EXPECT_EQ(again->respond.signing_in(*tenant).client_id, "Writer");
  const auto guard = again->respond.guard_of(*tenant);
  EXPECT_EQ(guard.own_applications, (std::vector<std::string>{"reader", "writer"}));
  EXPECT_EQ(guard.break_glass.front(), "aaaaaaaa-0000-4000-8000-000000000001");
  EXPECT_EQ(guard.evidence_age_max, base::Duration::hours(48));
}

TEST(TenantSetting, OwnsItsFeedsAndNoOthers) {
  TenantSetting tenant;
  tenant.name = "contoso";
  for (const char* source :
       {"graph:contoso:sign-ins:interactive", "management-activity:contoso:Audit.General",
        "sentinel:contoso:incidents", "log-analytics:contoso:Syslog"})
    EXPECT_TRUE(tenant.owns(source)) << source;
  for (const char* source : {"graph:contoso2:identities", "graph:conto:identities", "graph:contoso",
                             "file:contoso:x", "contoso", ""})
    EXPECT_FALSE(tenant.owns(source)) << source;
}

}  // namespace
}  // namespace vedette::app
