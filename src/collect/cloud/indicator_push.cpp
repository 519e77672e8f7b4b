#include "collect/cloud/indicator_push.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encode.h"
#include "base/json.h"
#include "collect/cloud/back_off.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Result;
using base::Timestamp;
using ports::PushState;

constexpr std::size_t rows_a_page = 2'000;
constexpr std::size_t request_bytes_max = 512UL * 1024;
constexpr std::size_t forecast_rows_max = 200'000;
// Rows may be stored a little after rows that were received later: each cycle looks at the last of
// them again, and knows what was sent.
constexpr Duration overlap = Duration::minutes(10);
constexpr int tries_told = 5;
constexpr std::size_t reason_bytes_max = 200;

std::string format_place(const PushPlace& place, const std::string& filter) {
  base::JsonWriter out;
  out.begin_object().key("v").number(std::int64_t{1}).member("filter", filter);
  out.key("received").number(place.received.ticks);
  out.member("id", place.id).member("source", place.source).end_object();
  return out.take();
}

// Another filter wants other things, also of what lies before: everything is looked at again.
PushPlace parse_place(std::string_view text, const std::string& filter) {
  const auto json = base::parse_json(text);
  if (!json || (*json)["filter"].text() != filter) return {};
  const auto* ticks = (*json)["received"].as_integer();
  if (ticks == nullptr) return {};
  return {Timestamp{*ticks}, (*json)["id"].text(), (*json)["source"].text()};
}

PushPlace place_of(const StoredIndicator& last) {
  return {last.received, last.indicator.id, last.indicator.source};
}

bool is_same_place(const StoredIndicator& a, const StoredIndicator& b) {
  return a.received == b.received && a.indicator.id == b.indicator.id &&
         a.indicator.source == b.indicator.source;
}

// A full page may end amid the versions of one indicator: those come with the next one.
void drop_cut_versions(std::vector<StoredIndicator>& page) {
  std::size_t kept = page.size() - 1;
  while (kept > 0 && is_same_place(page[kept - 1], page.back())) --kept;
  if (kept > 0) page.resize(kept);
}

Trouble unavailable(const base::Error& error) {
  const bool is_stopped = error.code == base::ErrorCode::cancelled;
  return {is_stopped ? TroubleKind::stopped : TroubleKind::unavailable, error.message, "",
          std::nullopt, ""};
}

// {"errors":[{"recordIndex":3,"errorMessages":["..."]}]}: of each object why it was refused; empty:
// it was taken. The documentation calls the texts by one name and the swagger by another.
std::vector<std::string> refusals_of(std::string_view body, std::size_t objects) {
  std::vector<std::string> refusals(objects);
  const auto json = base::parse_json(body);
  const auto* errors = json ? (*json)["errors"].as_array() : nullptr;
  if (errors == nullptr) return refusals;
  for (const base::Json& error : *errors) {
    const auto* index = error["recordIndex"].as_integer();
    if (index == nullptr || *index < 0 || static_cast<std::size_t>(*index) >= objects) continue;
    std::string& reason = refusals[static_cast<std::size_t>(*index)];
    for (const char* name : {"errorMessages", "validationErrorMessages"})
      if (const auto* texts = error[name].as_array(); texts != nullptr && !texts->empty())
        reason = base::encode_terminal(texts->front().text(), reason_bytes_max);
    if (reason.empty()) reason = "refused without a reason";
  }
  return refusals;
}

std::string remedy_of(const Trouble& trouble) {
  switch (trouble.kind) {
    case TroubleKind::forbidden:
    case TroubleKind::sign_in:
      return "give the app the role Microsoft Sentinel Contributor on the workspace";
    case TroubleKind::absent:
      return "set workspace_id of this [[push]] to the workspace's id, a GUID";
    default:
      return trouble.remedy.empty() ? "check this [[push]] and the addresses under [cloud]"
                                    : trouble.remedy;
  }
}

}  // namespace

IndicatorPush::IndicatorPush(IndicatorPushSettings settings, PushRooms rooms)
    : RepeatedFeed(rooms.clock, settings.source, "indicators to Microsoft Sentinel"),
      settings_(std::move(settings)),
      rooms_(std::move(rooms)),
      plan_(settings_.source, settings_.filter, rooms_.ledger, rooms_.write, rooms_.renew) {}

Answered<void> IndicatorPush::begin() {
  take_hurry();
  const auto kept = rooms_.ledger.cursor(settings_.source);
  if (!kept) return std::unexpected(unavailable(kept.error()));
  pull_ = {};
  pull_.from = status().read_until;
  pull_.to = rooms_.clock.now();
  place_ = parse_place(*kept, settings_.filter.text());
  is_begun_ = true;
  is_end_ = false;
  return {};
}

void IndicatorPush::live_turn(const std::stop_token& stop) {
  Answered<void> done;
  if (!is_begun_) done = begin();
  if (done) done = planned_.empty() ? read_page(stop) : send_batch(stop);
  if (done && planned_.empty()) done = keep_place(is_end_);
  if (!done) {
    if (done.error().kind != TroubleKind::stopped) fail(done.error());
    return;
  }
  went_well();
  if (is_end_ && planned_.empty()) finish();
}

Answered<void> IndicatorPush::read_page(const std::stop_token& stop) {
  auto page = rooms_.read(place_, rows_a_page, stop);
  if (!page) return std::unexpected(unavailable(page.error()));
  is_end_ = page->size() < rows_a_page;
  pull_.pages += 1;
  if (page->empty()) return {};
  if (!is_end_) drop_cut_versions(*page);
  pull_.fetched += page->size();
  auto planned = plan_.plan(*page, rooms_.clock.now());
  if (!planned) return std::unexpected(unavailable(planned.error()));
  if (settings_.source_system.empty())
    std::ranges::stable_sort(*planned, {}, [](const PlannedPush& one) { return one.row.source; });
  planned_.assign(std::make_move_iterator(planned->begin()),
                  std::make_move_iterator(planned->end()));
  place_ = place_of(page->back());
  return {};
}

std::vector<PlannedPush> IndicatorPush::next_batch() {
  std::vector<PlannedPush> batch;
  std::size_t bytes = 0;
  while (!planned_.empty() && batch.size() < batch_max_) {
    bytes += planned_.front().object.size();
    if (!batch.empty() && bytes > request_bytes_max) break;
    const bool is_other = !batch.empty() && settings_.source_system.empty() &&
                          batch.front().row.source != planned_.front().row.source;
    if (is_other) break;
    batch.push_back(std::move(planned_.front()));
    planned_.pop_front();
  }
  return batch;
}

Answered<void> IndicatorPush::mark_sending(const std::vector<PlannedPush>& batch) {
  std::vector<ports::PushedIndicator> rows;
  for (const PlannedPush& one : batch) {
    rows.push_back(one.row);
    rows.back().state = one.is_withdrawal ? PushState::withdrawing : PushState::sending;
  }
  const auto saved = rooms_.ledger.save(settings_.source, rows);
  if (!saved) return std::unexpected(unavailable(saved.error()));
  return {};
}

void IndicatorPush::put_back(std::vector<PlannedPush> batch) {
  planned_.insert(planned_.begin(), std::make_move_iterator(batch.begin()),
                  std::make_move_iterator(batch.end()));
}

Answered<void> IndicatorPush::send_batch(const std::stop_token& stop) {
  std::vector<PlannedPush> batch = next_batch();
  if (const auto marked = mark_sending(batch); !marked) {
    put_back(std::move(batch));
    return marked;
  }
  const std::string& system =
      settings_.source_system.empty() ? batch.front().row.source : settings_.source_system;
  base::JsonWriter name;
  name.string(system);
  ServiceRequest request;
  request.method = "POST";
  request.url = fmt::format(
      "{}/workspaces/{}/threat-intelligence-stix-objects:upload?api-version=2024-02-01-preview",
      settings_.address, settings_.workspace_id);
  request.body = fmt::format("{{\"sourcesystem\":{},\"stixobjects\":[", name.text());
  for (std::size_t i = 0; i < batch.size(); ++i)
    request.body += (i == 0 ? "" : ",") + batch[i].object;
  request.body += "]}";
  request.takes_text = true;  // when all was taken the answer is empty
  const auto answer = rooms_.client.send(request, stop);
  if (answer) {
    batch_max_ = std::min(pushed_objects_max, batch_max_ * 2);
    return settle(batch, refusals_of(answer->body, batch.size()));
  }
  const Trouble& trouble = answer.error();
  // The request is not one that the service takes: one of its objects may be why.
  if (trouble.kind != TroubleKind::refused && trouble.kind != TroubleKind::too_large) {
    put_back(std::move(batch));
    return std::unexpected(trouble);
  }
  if (batch.size() == 1)
    return settle(batch, {base::encode_terminal(trouble.words, reason_bytes_max)});
  batch_max_ = batch.size() / 2;
  put_back(std::move(batch));
  return {};
}

Answered<void> IndicatorPush::settle(const std::vector<PlannedPush>& batch,
                                     const std::vector<std::string>& refusals) {
  std::vector<ports::PushedIndicator> rows;
  std::vector<std::string> reasons;
  std::uint64_t held = 0, withdrawn = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    ports::PushedIndicator& row = rows.emplace_back(batch[i].row);
    if (refusals[i].empty()) {
      ++(batch[i].is_withdrawal ? withdrawn : held);
      continue;
    }
    reasons.push_back(refusals[i]);
    // What was there before still is.
    row.state = batch[i].is_new ? PushState::refused : PushState::held;
  }
  const auto saved = rooms_.ledger.save(settings_.source, rows);
  if (!saved) {
    put_back(batch);
    return std::unexpected(unavailable(saved.error()));
  }
  pull_.fresh += held + withdrawn;
  rooms_.count(held, withdrawn, reasons);
  return {};
}

Answered<void> IndicatorPush::keep_place(bool is_end) {
  PushPlace kept = place_;
  if (is_end && kept.received > pull_.to - overlap) kept = {pull_.to - overlap, "", ""};
  const auto saved =
      rooms_.ledger.save_cursor(settings_.source, format_place(kept, settings_.filter.text()));
  if (!saved) return std::unexpected(unavailable(saved.error()));
  return {};
}

void IndicatorPush::finish() {
  is_begun_ = false;
  rest(settings_.interval);
  pull_.ended = rooms_.clock.now();
  report().pulled(pull_, "ok");
}

void IndicatorPush::fail(const Trouble& trouble) {
  const bool passes = postpone(trouble, rooms_.client, rooms_.random);
  report().failed(trouble, passes ? trouble.remedy : remedy_of(trouble), passes,
                  failures() >= tries_told, rooms_.clock.now());
}

Result<PushForecast> forecast_push(const IndicatorPushSettings& settings, ports::PushLedger& ledger,
                                   const ReadStored& read, const WriteIndicator& write,
                                   const RenewId& renew, Timestamp now,
                                   const std::stop_token& stop) {
  const PushPlan plan(settings.source, settings.filter, ledger, write, renew);
  PushPlace place =
      parse_place(VEDETTE_TRY(ledger.cursor(settings.source)), settings.filter.text());
  PushForecast forecast;
  for (;;) {
    auto page = VEDETTE_TRY(read(place, rows_a_page, stop));
    const bool is_end = page.size() < rows_a_page;
    if (!is_end) drop_cut_versions(page);
    forecast.looked_at += page.size();
    for (const PlannedPush& one : VEDETTE_TRY(plan.plan(page, now)))
      ++(one.is_withdrawal ? forecast.withdrawn : one.is_new ? forecast.fresh : forecast.changed);
    if (is_end) return forecast;
    place = place_of(page.back());
    forecast.is_whole = forecast.looked_at < forecast_rows_max;
    if (!forecast.is_whole) return forecast;
  }
}

}  // namespace vedette::collect::cloud
