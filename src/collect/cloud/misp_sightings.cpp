#include "collect/cloud/misp_sightings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/back_off.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Timestamp;
using ports::PushState;

constexpr int tries_told = 5;
constexpr std::size_t hits_max = 10'000;  // of one look
// An incident's change may be committed a little after its time; and a MISP that could not be
// reached for days is told then.
constexpr Duration overlap = Duration::hours(1);
constexpr Duration first_look = Duration::hours(24);

Trouble unavailable(const base::Error& error) {
  return {TroubleKind::unavailable, error.message, "", std::nullopt, ""};
}

std::string body_of(const IndicatorHit& hit) {
  constexpr std::string_view prefix = "indicator--";
  base::JsonWriter out;
  out.begin_object().key("values").begin_array().string(hit.value).end_array();
  out.key("timestamp").number(hit.time.unix_seconds());
  out.key("filters").begin_object().member("uuid",
                                           std::string_view(hit.indicator).substr(prefix.size()));
  out.end_object().end_object();
  return out.take();
}

}  // namespace

MispSightings::MispSightings(MispSightingsSettings settings, SightingRooms rooms)
    : RepeatedFeed(rooms.clock, settings.source, "sightings to MISP"),
      settings_(std::move(settings)),
      rooms_(rooms) {}

Answered<void> MispSightings::begin() {
  take_hurry();
  const auto kept = rooms_.ledger.cursor(settings_.source);
  if (!kept) return std::unexpected(unavailable(kept.error()));
  pull_ = {};
  pull_.from = status().read_until;
  pull_.to = rooms_.clock.now();
  const Timestamp since = base::parse_iso(*kept).value_or(pull_.to - first_look) - overlap;
  const auto hits = rooms_.read(settings_.name, since);
  if (!hits) return std::unexpected(unavailable(hits.error()));
  hits_.clear();
  is_rest_left_ = false;
  for (const IndicatorHit& hit : *hits) {
    const auto known = rooms_.ledger.find(settings_.source, hit.indicator, hit.alert);
    if (!known) return std::unexpected(unavailable(known.error()));
    if (*known) continue;
    if (hits_.size() == hits_max) {
      is_rest_left_ = true;  // the next look, from the same place, finds it
      break;
    }
    hits_.push_back(hit);
  }
  pull_.fetched = hits->size();
  is_begun_ = true;
  return {};
}

void MispSightings::live_turn(const std::stop_token& stop) {
  Answered<void> done;
  if (!is_begun_) done = begin();
  if (done && !hits_.empty()) done = tell(stop);
  if (!done) {
    if (done.error().kind != TroubleKind::stopped) fail(done.error());
    return;
  }
  went_well();
  if (hits_.empty()) finish();
}

Answered<void> MispSightings::note(const IndicatorHit& hit, PushState state) {
  ports::PushedIndicator row;
  row.source = hit.indicator;
  row.id = hit.alert;
  row.received = row.told = rooms_.clock.now();
  row.state = state;
  const auto saved = rooms_.ledger.save(settings_.source, std::array{row});
  if (!saved) return std::unexpected(unavailable(saved.error()));
  return {};
}

Answered<void> MispSightings::tell(const std::stop_token& stop) {
  const IndicatorHit hit = hits_.front();
  ServiceRequest request;
  request.method = "POST";
  request.url = settings_.address + "/sightings/add";
  request.body = body_of(hit);
  const auto answer = rooms_.client.send(request, stop);
  ++pull_.pages;
  // MISP has the attribute no more, or does not want this one: no other is held up.
  const bool is_refused = !answer && (answer.error().kind == TroubleKind::refused ||
                                      answer.error().kind == TroubleKind::absent);
  if (!answer && !is_refused) return std::unexpected(answer.error());
  if (auto noted = note(hit, is_refused ? PushState::refused : PushState::held); !noted)
    return noted;
  pull_.fresh += is_refused ? 0 : 1;
  hits_.pop_front();
  return {};
}

void MispSightings::finish() {
  is_begun_ = false;
  if (is_rest_left_) return;
  const auto saved = rooms_.ledger.save_cursor(settings_.source, base::format_iso(pull_.to));
  if (!saved) return fail(unavailable(saved.error()));
  rest(settings_.interval);
  pull_.ended = rooms_.clock.now();
  report().pulled(pull_, "ok");
}

void MispSightings::fail(const Trouble& trouble) {
  const bool passes = postpone(trouble, rooms_.client, rooms_.random);
  report().failed(trouble,
                  passes ? trouble.remedy
                         : "give the user of this [[misp]]'s key a role that may add sightings",
                  passes, failures() >= tries_told, rooms_.clock.now());
}

}  // namespace vedette::collect::cloud
