#include "app/import_request.h"

#include <fmt/format.h>

#include <utility>

#include "app/ingest_rows.h"
#include "base/door_limits.h"
#include "base/json.h"
#include "base/text.h"
#include "normalise/windows/windows_normaliser.h"
#include "server/reply.h"

namespace vedette::app {
namespace {

using base::Duration;
using net::ReceivedRequest;
using net::ReceiverReply;
using server::failure_reply;

// A row is at most a megabyte, so that what is full still fits into a request.
constexpr std::size_t body_bytes_wanted = base::limits::ingest_body_bytes_max / 4;
// A hunt that runs keeps the other side that long.
constexpr int answer_within_ms = 10 * 60 * 1000;
constexpr int sends_max = 150;
constexpr Duration pause = Duration::seconds(2), look_interval = Duration::milliseconds(50),
                   stored_within = Duration::seconds(60);

ReceiverReply number_reply(std::string_view name, std::uint64_t number) {
  base::JsonWriter writer;
  writer.begin_object().key(name).number(number).end_object();
  return server::reply(200, writer.take() + "\n");
}

base::Result<std::uint64_t> number_of(const base::Result<ports::HttpResponse>& answer,
                                      std::string_view name) {
  if (!answer) return std::unexpected(answer.error());
  const auto json = base::parse_json(answer->body);
  if (answer->status == 200 && json)
    if (const auto* number = (*json)[name].as_integer()) return static_cast<std::uint64_t>(*number);
  const auto* why = json ? (*json)["error"].as_string() : nullptr;
  const auto code = answer->status == 503 ? base::ErrorCode::unavailable : base::ErrorCode::refused;
  return base::failure(code, fmt::format("the running serve answered {}{}{}", answer->status,
                                         why != nullptr ? ": " : "", why != nullptr ? *why : ""));
}

ReceiverReply answer_windows(const ReceivedRequest& request, const ImportRooms& rooms) {
  ports::RawRecord record;
  record.source = "import:windows";
  record.format = normalise::windows::windows_format;
  record.received = rooms.clock.now();
  record.payload = request.body;
  const auto position = rooms.commit(std::move(record));
  return position ? number_reply("position", *position)
                  : failure_reply(503, position.error().message);
}

}  // namespace

ReceiverReply answer_import(const ReceivedRequest& request, const ImportRooms& rooms) {
  const auto failed = [](const base::Error& error) { return failure_reply(503, error.message); };
  if (request.method == "GET") {
    const auto stored = rooms.stored();
    return stored ? number_reply("stored", *stored) : failed(stored.error());
  }
  if (request.method != "POST") return failure_reply(405, "only GET and POST");
  const std::string_view table = std::string_view(request.target).substr(import_path.size());
  if (table == windows_table) return answer_windows(request, rooms);
  if (rooms.catalogue.table(table) == nullptr && !table.ends_with("_CL"))
    return failure_reply(404, "there is no such table");
  if (const auto rows = split_json_rows(request.body); !rows)
    return failure_reply(400, rows.error().message);
  ports::RawRecord record;
  record.source = fmt::format("import:{}", table);
  record.format = ingest_format;
  record.received = rooms.clock.now();
  record.payload = ingest_payload({.table = table, .is_import = true}, request.body);
  const auto position = rooms.commit(std::move(record));
  return position ? number_reply("position", *position) : failed(position.error());
}

void ImportHandover::add(std::string_view json) {
  body_ += body_.empty() ? '[' : ',';
  body_ += json;
}

bool ImportHandover::is_full() const {
  return body_.size() >= body_bytes_wanted;
}

base::Result<void> ImportHandover::send() {
  if (body_.empty()) return {};
  if (is_array_) body_ += ']';
  for (int i = 1;; ++i) {
    const auto position = number_of(serve_.ask({.path = std::string(import_path) + table_,
                                                .body = body_,
                                                .timeout_ms = answer_within_ms}),
                                    "position");
    if (position) {
      position_ = *position;
      body_.clear();
      return {};
    }
    if (position.error().code != base::ErrorCode::unavailable || i == sends_max)
      return std::unexpected(position.error());
    clock_.sleep(pause, {});
  }
}

bool ImportHandover::wait_until_stored() {
  const Duration deadline = clock_.monotonic() + stored_within;
  for (;;) {
    const auto stored = number_of(
        serve_.ask(
            {.method = "GET", .path = std::string(import_path), .timeout_ms = answer_within_ms}),
        "stored");
    if (!stored || clock_.monotonic() > deadline) return false;
    if (*stored >= position_) return true;
    clock_.sleep(look_interval, {});
  }
}

}  // namespace vedette::app
