#include "app/journal_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/setting.h"

namespace vedette::app {
namespace {

constexpr std::array<std::string_view, 2> read_words{"new", "all"};
constexpr std::array<std::string_view, 2> what_words{"logins", "everything"};

// One of two words; the second is true.
template <auto Member, const std::array<std::string_view, 2>& Words>
constexpr Setting<JournalSetting> word_setting(std::string_view key) {
  return {
      "systemd_journal", key,
      [](const SettingValue& value, JournalSetting& journal) {
        if (const auto word = value.choice(Words)) journal.*Member = *word == 1;
      },
      [](const JournalSetting& journal) { return toml_string(Words.at(journal.*Member ? 1 : 0)); }};
}

constexpr std::array journal_settings{
    text_setting<&JournalSetting::name>("systemd_journal", "name"),
    text_setting<&JournalSetting::folder>("systemd_journal", "folder"),
    word_setting<&JournalSetting::from_start, read_words>("read"),
    word_setting<&JournalSetting::everything, what_words>("what"),
};

}  // namespace

void read_journal(const SettingNode& node, std::vector<JournalSetting>& journals,
                  ProblemList& problems) {
  JournalSetting journal;
  read_members(*node.as_table(), "systemd_journal", journal_settings, journal, problems);
  if (journal.name.empty())
    return problems.add(node.line,
                        "[[systemd_journal]] name must not be empty; leave it out for \"system\"");
  if (std::ranges::find(journals, journal.name, &JournalSetting::name) != journals.end())
    return problems.add(
        node.line,
        fmt::format("another [[systemd_journal]] is called \"{}\" already; give each its own name",
                    base::encode_terminal(journal.name, 100)));
  journals.push_back(std::move(journal));
}

std::string show_journal(const JournalSetting& journal) {
  return "\n[[systemd_journal]]\n" + show_members(journal_settings, journal);
}

std::vector<std::string> journal_setting_names() {
  return names_of(journal_settings);
}

}  // namespace vedette::app
