#include "app/ingest_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/import_request.h"
#include "app/ingest_rows.h"
#include "app/windows_text.h"
#include "base/door_limits.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/gzip_stream.h"
#include "normalise/windows/windows_normaliser.h"
#include "server/reply.h"

namespace vedette::app {
namespace {

namespace limits = base::limits;
using net::ReceivedRequest;
using net::ReceiverReply;
using server::failure_reply;

constexpr std::string_view path_begin = "/ingest/";
constexpr std::size_t table_bytes_max = 100, key_bytes_max = 256;
constexpr int refused_later = 0;  // a status: nothing is wrong with the head

ReceiverReply come_again(int status, std::string_view why) {
  ReceiverReply reply = failure_reply(status, why);
  reply.headers.emplace_back("Retry-After", std::to_string(limits::ingest_retry_after_s));
  return reply;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= table_bytes_max && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  });
}

// "application/json; charset=utf-8": what stands before the parameters.
bool is_json(const ReceivedRequest& request) {
  const std::string* type = request.header("content-type");
  if (type == nullptr) return true;
  const std::string_view name = base::trim(std::string_view(*type).substr(0, type->find(';')));
  return base::equals_ignoring_case(name, "application/json") ||
         base::equals_ignoring_case(name, "application/x-ndjson") ||
         base::equals_ignoring_case(name, "application/jsonl");
}

// Windows events come as XML too, and from some forwarders as a text.
bool is_events(const ReceivedRequest& request) {
  const std::string* type = request.header("content-type");
  if (type == nullptr || is_json(request)) return true;
  const std::string_view name = base::trim(std::string_view(*type).substr(0, type->find(';')));
  return base::equals_ignoring_case(name, "application/xml") ||
         base::equals_ignoring_case(name, "text/xml") ||
         base::equals_ignoring_case(name, "text/plain");
}

enum class Encoding : std::uint8_t { none, gzip, unknown };

Encoding encoding_of(const ReceivedRequest& request) {
  const std::string* name = request.header("content-encoding");
  if (name == nullptr || base::equals_ignoring_case(*name, "identity")) return Encoding::none;
  return base::equals_ignoring_case(*name, "gzip") ? Encoding::gzip : Encoding::unknown;
}

std::string_view key_of(const ReceivedRequest& request) {
  const std::string* key = request.header("idempotency-key");
  return key == nullptr ? std::string_view() : std::string_view(*key);
}

// How many rows, or events, it holds.
base::Result<std::size_t> fill_record(const std::string& table, std::string_view key,
                                      std::string body, ports::RawRecord& record) {
  if (table == windows_table) {
    auto events = VEDETTE_TRY(read_windows_body(std::move(body)));
    record.format = normalise::windows::windows_format;
    record.payload = std::move(events.payload);
    return events.records;
  }
  const auto rows = VEDETTE_TRY(split_json_rows(body));
  record.format = ingest_format;
  record.payload = ingest_payload({table, key}, body);
  return rows.size();
}

}  // namespace

base::Result<std::unique_ptr<IngestDoor>> IngestDoor::open(const IngestSetting& setting,
                                                           IngestRooms rooms) {
  auto door = std::make_unique<IngestDoor>(setting, std::move(rooms));
  IngestDoor* opened = door.get();
  door->receiver_ = VEDETTE_TRY(net::HttpReceiver::listen(
      setting.address, setting.port,
      [opened](ReceivedRequest request, const net::HttpReceiver::Answer& answer) {
        opened->take(std::move(request), answer);
      },
      limits::ingest_body_bytes_max));
  return door;
}

IngestDoor::IngestDoor(const IngestSetting& setting, IngestRooms rooms)
    : setting_(setting),
      rooms_(std::move(rooms)),
      gate_(setting.token, setting.hosts),
      workers_("ingest", limits::ingest_workers, limits::ingest_waiting_max) {}

IngestDoor::~IngestDoor() {
  stop();
}

// The workers end before the receiver does, so that who was let in gets his answer, by being
// stored.
void IngestDoor::stop() {
  is_closing_ = true;
  workers_.stop();
  if (receiver_) receiver_->stop();
}

bool IngestDoor::may_write(std::string_view table) const {
  if (!setting_.tables.empty())
    return std::ranges::find(setting_.tables, table) != setting_.tables.end();
  // Our own tables say what we saw; nobody else writes them.
  if (table.starts_with("Vedette")) return false;
  return rooms_.catalogue.table(table) != nullptr || table.ends_with("_CL") ||
         table == windows_table;
}

// What can be said by the request's head alone; its status is refused_later when nothing is wrong.
ReceiverReply IngestDoor::refuse(const ReceivedRequest& request, std::string& table) const {
  if (auto refused = server::refuse_stranger(gate_, request, false)) return *std::move(refused);
  if (!gate_.has_token(request)) {
    ReceiverReply refused =
        failure_reply(401, "this needs the token of [ingest]: Authorization: Bearer TOKEN");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refused;
  }
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with(path_begin) || !is_name(path.substr(path_begin.size())))
    return failure_reply(404, "rows are sent to /ingest/TABLE");
  table = path.substr(path_begin.size());
  if (request.method != "POST") {
    ReceiverReply refused = failure_reply(405, "only POST");
    refused.headers.emplace_back("Allow", "POST");
    return refused;
  }
  if (!may_write(table))
    return failure_reply(404, fmt::format("{} is no table that may be written; one of your own has "
                                          "a name that ends with _CL",
                                          table));
  if (table == windows_table ? !is_events(request) : !is_json(request))
    return failure_reply(415, "the content type must be application/json or application/x-ndjson");
  if (encoding_of(request) == Encoding::unknown)
    return failure_reply(415, "the content encoding must be gzip or none");
  if (key_of(request).size() > key_bytes_max)
    return failure_reply(400,
                         fmt::format("Idempotency-Key is longer than {} bytes", key_bytes_max));
  ReceiverReply nothing;
  nothing.status = refused_later;
  return nothing;
}

void IngestDoor::take(ReceivedRequest request, const net::HttpReceiver::Answer& answer) {
  std::string table;
  ReceiverReply reply = refuse(request, table);
  if (reply.status == refused_later) {
    const std::size_t bytes = request.body.size();
    const auto waiting = std::make_shared<Waiting>(std::move(request), std::move(table));
    const bool fits = waiting_bytes_ + bytes <= limits::ingest_waiting_bytes_max;
    waiting_bytes_ += bytes;
    if (fits && workers_.take([this, waiting, answer, bytes] {
          waiting_bytes_ -= bytes;
          answer(store(*waiting));
        }))
      return;
    waiting_bytes_ -= bytes;
    reply = is_closing_
                ? come_again(503, "the service is about to stop; send it again")
                : come_again(429, "too much waits for the disk; send it again, more slowly");
  }
  count(reply, 0, 0);
  answer(std::move(reply));
}

ReceiverReply IngestDoor::store(Waiting& waiting) {
  std::string body = std::move(waiting.request.body);
  const auto refused = [this](int status, std::string_view why) {
    ReceiverReply reply = failure_reply(status, why);
    count(reply, 0, 0);
    return reply;
  };
  if (encoding_of(waiting.request) == Encoding::gzip) {
    auto unpacked = collect::unpack_gzip(body, limits::ingest_body_bytes_max);
    if (!unpacked) {
      const bool too_large = unpacked.error().code == base::ErrorCode::limit_exceeded;
      return refused(too_large ? 413 : 400, "the body " + unpacked.error().message);
    }
    body = *std::move(unpacked);
  }
  ports::RawRecord record;
  record.source = "ingest:" + waiting.table;
  record.received = rooms_.clock.now();
  record.live = true;
  const std::size_t body_bytes = body.size();
  const auto count_of_rows =
      fill_record(waiting.table, key_of(waiting.request), std::move(body), record);
  if (!count_of_rows) return refused(400, count_of_rows.error().message);
  if (const auto committed = rooms_.commit(std::move(record)); !committed) {
    ReceiverReply reply = come_again(503, "the journal takes nothing now; send it again");
    count(reply, 0, 0);
    return reply;
  }
  base::JsonWriter writer;
  writer.begin_object().key("rows").number(static_cast<std::uint64_t>(*count_of_rows)).end_object();
  ReceiverReply reply = server::reply(200, writer.take() + "\n");
  count(reply, *count_of_rows, body_bytes);
  return reply;
}

void IngestDoor::count(const ReceiverReply& reply, std::uint64_t rows, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (reply.status == 200) {
    ++counts_.requests;
    counts_.rows += rows;
    counts_.bytes += bytes;
  } else if (reply.status == 429 || reply.status == 503) {
    ++counts_.turned_away;
  } else {
    ++counts_.refused;
  }
}

IngestCounts IngestDoor::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace vedette::app
