// Owns: `vedette intel feeds`: a MISP's list of feeds (GET /feeds, or the list that comes with
// MISP) as settings.
#include "app/command_intel_feeds.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/feed_setting.h"
#include "app/import_file.h"
#include "base/encode.h"
#include "base/http_text.h"
#include "base/json.h"
#include "base/text.h"
#include "intel/indicator_parts.h"

namespace vedette::app {
namespace {

using base::Json;
using base::Result;

constexpr std::size_t list_bytes_max = 4UL * 1024 * 1024;

struct Words {
  std::string file;
  std::vector<std::string> only;
  bool all = false;
};

Result<Json> read_list(const std::string& file) {
  return base::parse_json(VEDETTE_TRY(read_text(file, list_bytes_max)));
}

// `settings` of MISP's feeds is JSON within a text.
std::string csv_setting(const Json& feed, std::string_view name) {
  const auto inner = base::parse_json(feed["settings"].text());
  return inner ? (*inner)["csv"][name].text() : std::string();
}

FeedSetting setting_of(const Json& feed) {
  FeedSetting setting;
  setting.name = intel::cut(feed["name"].text(), 200);
  setting.url = feed["url"].text();
  const std::string& format = feed["source_format"].text();
  if (format == "misp") setting.form = FeedForm::misp;
  if (format != "csv") return setting;
  setting.form = FeedForm::csv;
  setting.columns = csv_setting(feed, "value");
  const std::string delimiter = csv_setting(feed, "delimiter");
  if (delimiter.size() == 1) setting.delimiter = delimiter;
  return setting;
}

bool is_wanted(const Words& words, const FeedSetting& setting) {
  return words.all || std::ranges::any_of(words.only, [&](const std::string& each) {
           return base::to_lower_ascii(setting.name).find(base::to_lower_ascii(each)) !=
                  std::string::npos;
         });
}

void list(const std::vector<FeedSetting>& feeds) {
  constexpr std::array<const char*, 3> forms{"list", "csv", "misp"};
  for (const FeedSetting& feed : feeds)
    fmt::print("{:<5} {:<50} {}\n", forms.at(static_cast<std::size_t>(feed.form)),
               base::encode_terminal(feed.name, 50), base::encode_terminal(feed.url, 120));
  fmt::print("\n{} feeds; --only NAME or --all prints them as settings.\n", feeds.size());
}

}  // namespace

int run_intel_feeds(Arguments arguments) {
  Words words;
  CLI::App app(
      "The feeds that a MISP's list names; with --only or --all as [[feed]] of the settings.\n"
      "The list is what GET /feeds of a MISP answers, or app/files/feed-metadata/defaults.json of "
      "its\nsources.",
      "vedette intel feeds");
  app.footer(
      "Example:\n  vedette intel feeds --only botvrij --only circl defaults.json >> "
      "/etc/vedette/vedette.toml");
  app.add_option("FILE", words.file, "the list; - is standard input")->required();
  app.add_option("--only", words.only, "those whose name holds this; may be repeated")
      ->type_name("NAME");
  app.add_flag("--all", words.all, "all of them");
  if (const auto code = parse_arguments(app, arguments)) return *code;
  const auto read = read_list(words.file);
  const auto* entries = read ? read->as_array() : nullptr;
  if (entries == nullptr) {
    print_error(words.file + (read ? ": is no list of feeds" : ": " + read.error().message));
    return exit_failed;
  }
  std::vector<FeedSetting> feeds;
  for (const Json& entry : *entries) {
    const Json& feed = entry["Feed"].is_null() ? entry : entry["Feed"];
    FeedSetting setting = setting_of(feed);
    const bool is_local = feed["input_source"].text() == "local";
    if (!setting.name.empty() && !is_local && !base::origin_of(setting.url).empty())
      feeds.push_back(std::move(setting));
  }
  if (!words.all && words.only.empty()) {
    list(feeds);
    return exit_done;
  }
  std::erase_if(feeds, [&](const FeedSetting& each) { return !is_wanted(words, each); });
  for (const FeedSetting& feed : feeds) fmt::print("{}", show_feed(feed));
  if (feeds.empty()) print_error("no feed of the list has such a name");
  return feeds.empty() ? exit_failed : exit_done;
}

}  // namespace vedette::app
