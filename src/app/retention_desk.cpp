#include "app/retention_desk.h"

#include <fmt/format.h>

#include <filesystem>
#include <type_traits>
#include <utility>

#include "base/json.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::JsonWriter;
using base::Result;
using Segments = std::vector<ports::SegmentInformation>;

constexpr std::string_view sentence = "delete what is older";

void append(JsonWriter& writer, std::string_view name, const Retention& of) {
  writer.key(name).begin_object().key("store_days").number(std::int64_t{of.store_days});
  writer.key("store_bytes").number(of.store_bytes);
  writer.key("incidents_days").number(std::int64_t{of.incidents_days});
  writer.key("messages_days").number(std::int64_t{of.messages_days});
  writer.key("journal_days").number(std::int64_t{of.journal_days});
  writer.key("journal_bytes").number(of.journal_bytes);
  writer.key("table_days").begin_object();
  for (const auto& [table, days] : of.table_days) writer.key(table).number(std::int64_t{days});
  writer.end_object().end_object();
}

std::uint64_t bytes_of(const std::string& path) {
  std::error_code error;
  std::uint64_t bytes = 0;
  for (const char* part : {"", "-wal"}) {
    const auto size = std::filesystem::file_size(path + part, error);
    if (!error) bytes += size;
  }
  return bytes;
}

// Whole numbers of the body, over what holds; a member of another type is an error.
Result<Retention> wanted_of(const base::Json& body, const Retention& now) {
  Retention wanted = now;
  const auto wrong = [](std::string_view name) {
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("{} must be a whole number, 0 or more", name));
  };
  const auto take = [&](const base::Json& value, std::string_view name,
                        auto& into) -> Result<void> {
    if (value.is_null()) return {};
    const auto* number = value.as_integer();
    using Number = std::remove_cvref_t<decltype(into)>;
    if (number == nullptr || *number < 0 || !std::in_range<Number>(*number)) return wrong(name);
    into = static_cast<Number>(*number);
    return {};
  };
  VEDETTE_TRY_VOID(take(body["store_days"], "store_days", wanted.store_days));
  VEDETTE_TRY_VOID(take(body["store_bytes"], "store_bytes", wanted.store_bytes));
  VEDETTE_TRY_VOID(take(body["incidents_days"], "incidents_days", wanted.incidents_days));
  VEDETTE_TRY_VOID(take(body["messages_days"], "messages_days", wanted.messages_days));
  VEDETTE_TRY_VOID(take(body["journal_days"], "journal_days", wanted.journal_days));
  VEDETTE_TRY_VOID(take(body["journal_bytes"], "journal_bytes", wanted.journal_bytes));
  if (const auto* tables = body["table_days"].as_object()) {
    wanted.table_days.clear();
    for (const auto& [table, days] : *tables)
      VEDETTE_TRY_VOID(take(days, table, wanted.table_days[table]));
  }
  return wanted;
}

bool is_less(std::uint64_t wanted, std::uint64_t now) {
  return wanted != 0 && (now == 0 || wanted < now);  // 0: no bound
}

// Something that is kept now would not be.
bool is_shorter(const Retention& wanted, const Retention& now) {
  for (const auto& [table, days] : wanted.table_days) {
    const auto was = now.table_days.find(table);
    if (days < (was == now.table_days.end() ? now.store_days : was->second)) return true;
  }
  return wanted.store_days < now.store_days || wanted.incidents_days < now.incidents_days ||
         wanted.messages_days < now.messages_days || wanted.journal_days < now.journal_days ||
         is_less(wanted.store_bytes, now.store_bytes) ||
         is_less(wanted.journal_bytes, now.journal_bytes);
}

// "store_days 30 -> 14": for the audit log.
std::string difference(const Retention& wanted, const Retention& now) {
  JsonWriter before, after;
  before.begin_object();
  after.begin_object();
  append(before, "before", now);
  append(after, "after", wanted);
  return before.end_object().take() + " " + after.end_object().take();
}

}  // namespace

server::RetentionDesk::Answer RetentionsDesk::show() {
  JsonWriter writer;
  writer.begin_object().key("version").number(settings_.version());
  append(writer, "now", settings_.now());
  append(writer, "file", settings_.of_file());
  writer.member("sentence", sentence);
  writer.key("journal_used").number(bytes_of(data_.journal()));
  writer.key("state_used").number(bytes_of(data_.state()));
  std::error_code error;
  const auto room = std::filesystem::space(data_.folder, error);
  writer.key("disk_free").number(error ? std::uint64_t{0} : std::uint64_t{room.available});
  writer.member("today", base::format_iso(clock_.now()).substr(0, 10));
  writer.key("days").begin_array();
  for (const auto& segment : VEDETTE_TRY(segments_())) {
    writer.begin_object().member("day", segment.day).key("bytes").number(segment.bytes);
    writer.key("rows").number(segment.rows).key("sealed").boolean(segment.sealed);
    writer.key("tables").begin_object();
    for (const auto& [table, rows] : segment.tables) writer.key(table).number(rows);
    writer.end_object().end_object();
  }
  writer.end_array().end_object();
  return writer.take() + "\n";
}

server::RetentionDesk::Answer RetentionsDesk::change(const base::Json& body,
                                                     const server::DeskNote& note) {
  const auto* version = body["version"].as_integer();
  if (version == nullptr || *version < 0)
    return base::failure(ErrorCode::invalid_argument, "version must be the one that was looked at");
  const Retention now = settings_.now();
  const Retention wanted = VEDETTE_TRY(wanted_of(body, now));
  if (const std::string problem = problem_with(wanted); !problem.empty())
    return base::failure(ErrorCode::invalid_argument, problem);
  if (is_shorter(wanted, now) && body["sentence"].text() != sentence)
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("it deletes what is kept now: type \"{}\"", sentence));
  VEDETTE_TRY_VOID(
      settings_.change(static_cast<std::uint64_t>(*version), wanted, [&](const Retention& before) {
        return note("retention.change", "retention", difference(wanted, before));
      }));
  return show();
}

}  // namespace vedette::app
