#include "app/detection_preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/cloud_normaliser.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using base::Timestamp;
using detect::identity::HoursTally;
using detect::identity::IdentityWatch;
using kql::result::Cell;

constexpr int days_back = 30;
constexpr std::uint64_t events_max = 400'000;
// Records are held as text while they are read, some 2 kB each.
constexpr std::uint64_t events_at_once = 20'000;
constexpr std::size_t shown_max = 20;
constexpr int timeout_ms = 30'000;
// Pieces of time are fed in their order: within one nothing is late.
constexpr int lateness_minutes = 25 * 60;

struct Piece {
  Timestamp begin, end;
};

// A column of a table and where the record that it was made of has it.
struct Column {
  std::string_view name, member;
  bool is_json = false;  // an object or a list, as JSON
};
// What the detections look at (normalise/cloud/sign_in_reader.h).
constexpr auto sign_in_columns = std::to_array<Column>({
    {"Id", "id"},
    {"CreatedDateTime", "createdDateTime"},
    {"Status", "status", true},
    {"ResourceTenantId", "resourceTenantId"},
    {"HomeTenantId", "homeTenantId"},
    {"UserId", "userId"},
    {"UserPrincipalName", "userPrincipalName"},
    {"UserDisplayName", "userDisplayName"},
    {"UserType", "userType"},
    {"AppId", "appId"},
    {"AppDisplayName", "appDisplayName"},
    {"ResourceIdentity", "resourceId"},
    {"ResourceDisplayName", "resourceDisplayName"},
    {"ClientAppUsed", "clientAppUsed"},
    {"AuthenticationProtocol", "authenticationProtocol"},
    {"IPAddress", "ipAddress"},
    {"UserAgent", "userAgent"},
    {"DeviceDetail", "deviceDetail", true},
    {"LocationDetails", "location", true},
    {"AutonomousSystemNumber", "autonomousSystemNumber"},
    {"AuthenticationRequirement", "authenticationRequirement"},
    {"AuthenticationDetails", "authenticationDetails", true},
    {"RiskLevelDuringSignIn", "riskLevelDuringSignIn"},
    {"SessionId", "sessionId"},
});
constexpr auto audit_columns = std::to_array<Column>({
    {"Id", "id"},
    {"ActivityDateTime", "activityDateTime"},
    {"ActivityDisplayName", "activityDisplayName"},
    {"LoggedByService", "loggedByService"},
    {"Result", "result"},
    {"InitiatedBy", "initiatedBy", true},
    {"TargetResources", "targetResources", true},
});
constexpr auto activity_columns = std::to_array<Column>({
    {"OfficeId", "Id"},
    {"TimeGenerated", "CreationTime"},
    {"Operation", "Operation"},
    {"UserId", "UserId"},
    {"ResultStatus", "ResultStatus"},
    {"MailboxOwnerUPN", "MailboxOwnerUPN"},
    {"ClientAppId", "ClientAppId"},
    {"ClientInfoString", "ClientInfoString"},
    {"OfficeWorkload", "Workload"},
    {"OfficeObjectId", "ObjectId"},
    {"Parameters", "Parameters", true},
    {"Client_IPAddress", "ClientIPAddress"},
});

// Rows as the records that they were made of, one after another with commas.
class Records : public kql::result::Sink {
 public:
  Records(std::span<const Column> columns, std::string_view more)
      : columns_(columns), more_(more) {}

  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const Cell> cells) override {
    text += count++ == 0 ? "{" : ",{";
    text += more_;
    for (std::size_t i = 0; i < std::min(cells.size(), columns_.size()); ++i) {
      if (cells[i].is_null) continue;
      const std::string value = text_of(cells[i]);
      // What programs sent us as rows may say anything.
      const bool is_unchecked = columns_[i].is_json && cells[i].type == kql::Type::string;
      if (value.empty() || (is_unchecked && !base::parse_json(value))) continue;
      if (text.back() != '{') text += ',';
      text += fmt::format("\"{}\":", columns_[i].member);
      if (columns_[i].is_json) {
        text += value;
        continue;
      }
      writer_.clear();
      text += writer_.string(value).text();
    }
    text += '}';
  }
  void end(const kql::result::Ending& ending) override { is_cut |= ending.truncated; }

  std::string text;
  std::uint64_t count = 0;
  bool is_cut = false;

 private:
  const std::span<const Column> columns_;
  const std::string_view more_;
  base::JsonWriter writer_;
};

// How many there are a day, the newest day first.
class DayCounts : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const Cell> cells) override {
    if (cells.size() == 2 && !cells[0].is_null)
      days.emplace_back(Timestamp{cells[0].integer}, static_cast<std::uint64_t>(cells[1].integer));
  }
  void end(const kql::result::Ending&) override {}

  std::vector<std::pair<Timestamp, std::uint64_t>> days;
};

using Alerts = std::map<std::uint64_t, model::Alert>;

// One set of settings on its way over the days.
struct Watched {
  Watched(detect::identity::IdentitySettings settings, const PreviewGround& ground,
          const model::TenantDirectory& people)
      : watch(with_whole_days(std::move(settings)), ground.place_of(), ground.holidays) {
    watch.set_directory(&people);
  }
  static detect::identity::IdentitySettings with_whole_days(
      detect::identity::IdentitySettings settings) {
    settings.lateness_minutes = lateness_minutes;
    return settings;
  }
  void take() {
    for (auto& each : changes) {
      if (each.change == model::AlertChange::withdrawn)
        alerts.erase(each.alert.id);
      else
        alerts[each.alert.id] = std::move(each.alert);
    }
    changes.clear();
  }

  IdentityWatch watch;
  std::vector<detect::ChangedAlert> changes;
  Alerts alerts;
};

// The same by rule, by whom it is about, and at one time.
bool is_in(const model::Alert& alert, const Alerts& others) {
  return std::ranges::any_of(others, [&](const auto& each) {
    const model::Alert& other = each.second;
    return other.severity > model::Severity::informational && other.rule == alert.rule &&
           !other.entities.empty() && !alert.entities.empty() &&
           other.entities.front() == alert.entities.front() &&
           other.first_event <= alert.last_event && alert.first_event <= other.last_event;
  });
}

void sum_up(const Alerts& alerts, const Alerts& others, Timestamp since,
            std::map<std::string, int>& counts, std::vector<PreviewedAlert>& only_here) {
  for (const auto& [id, alert] : alerts) {
    if (alert.severity == model::Severity::informational || alert.last_event < since) continue;
    ++counts[alert.rule];
    if (only_here.size() < shown_max && !is_in(alert, others))
      only_here.push_back({alert.rule, alert.title, alert.first_event});
  }
}

// Who came in outside of whose hours, and what would have been told of it.
std::vector<PreviewedHours> count_hours(const detect::identity::IdentitySettings& settings,
                                        const HoursTally& tally, const Alerts& alerts,
                                        const model::TenantDirectory& people, Timestamp since) {
  const detect::identity::WorkSchedules schedules(settings.working_hours);
  std::vector<PreviewedHours> counted(schedules.all().size() + 1);
  for (std::size_t i = 0; i + 1 < counted.size(); ++i) counted[i].who = schedules.all()[i].who;
  for (const auto& [id, identity] : people.identities())
    ++counted[schedules.index_of(schedules.find(&identity, identity.name, identity.id))].people;
  std::set<std::pair<std::size_t, std::uint64_t>> came, outside;
  for (const auto& [id, log_in] : tally.log_ins()) {
    if (log_in.time < since) continue;
    PreviewedHours& hours = counted[log_in.schedule];
    ++hours.log_ins;
    hours.came += came.emplace(log_in.schedule, log_in.person).second ? 1 : 0;
    if (!log_in.is_outside) continue;
    ++hours.log_ins_outside;
    hours.came_outside += outside.emplace(log_in.schedule, log_in.person).second ? 1 : 0;
  }
  for (const auto& [id, alert] : alerts) {
    if (alert.rule != name_of(detect::identity::IdentityRule::after_hours) ||
        alert.last_event < since || alert.entities.empty())
      continue;
    const std::string& user = alert.entities.front().value;
    ++counted[schedules.index_of(schedules.find(people.find(user), user, {}))].alerts;
  }
  return counted;
}

// One comparison.
class Run {
 public:
  Run(const PreviewGround& ground, const std::stop_token& stop) : ground_(ground), stop_(stop) {}

  // Pieces of the last days in their order, no more of them than hold `events_max`.
  Result<std::vector<Piece>> find_pieces(PreviewReport& report) {
    DayCounts counts;
    VEDETTE_TRY_VOID(ask(fmt::format("union SigninLogs, AADNonInteractiveUserSignInLogs, AuditLogs "
                                     "| where TimeGenerated > ago({}d) "
                                     "| summarize n = count() by day = bin(TimeGenerated, 1d) "
                                     "| sort by day desc",
                                     days_back),
                         {}, {}, counts));
    std::vector<Piece> pieces;
    std::uint64_t events = 0;
    for (const auto& [day, count] : counts.days) {
      const auto of_day = static_cast<std::int64_t>(
          std::min<std::uint64_t>(count / events_at_once + 1, events_max / events_at_once));
      const std::int64_t length = Duration::hours(24).ticks / of_day;
      for (std::int64_t i = of_day; i > 0 && !report.is_cut; --i) {
        events += count / static_cast<std::uint64_t>(of_day);
        report.is_cut = events > events_max;
        const Timestamp end{day.ticks + (i == of_day ? Duration::hours(24).ticks : length * i)};
        if (!report.is_cut) pieces.push_back({{day.ticks + length * (i - 1)}, end});
      }
    }
    std::ranges::reverse(pieces);
    return pieces;
  }

  Result<void> feed(const Piece& piece, std::span<Watched* const> watched, PreviewReport& report) {
    const std::string sign_ins =
        VEDETTE_TRY(records("SigninLogs", piece, sign_in_columns, "", report)) +
        VEDETTE_TRY(records("AADNonInteractiveUserSignInLogs", piece, sign_in_columns,
                            R"("signInEventTypes":["nonInteractiveUser"])", report));
    const std::string audits = VEDETTE_TRY(records("AuditLogs", piece, audit_columns, "", report));
    const std::string activities =
        VEDETTE_TRY(records("OfficeActivity", piece, activity_columns, "", report));
    const std::string pages[] = {page(R"({"value":[)", sign_ins, "]}"),
                                 page(R"({"value":[)", audits, "]}"), page("[", activities, "]")};
    const Timestamp end = piece.end;
    read(sign_ins_, model::graph_sign_ins_format, pages[0], end);
    read(audits_, model::graph_directory_audits_format, pages[1], end);
    read(activities_, model::management_activity_format, pages[2], end);
    const auto in_audits = audits_.changes(), in_activities = activities_.changes();
    std::vector<model::ChangeEvent> changes(in_audits.begin(), in_audits.end());
    changes.insert(changes.end(), in_activities.begin(), in_activities.end());
    for (Watched* each : watched) {
      if (stop_.stop_requested()) break;
      each->watch.run(sign_ins_.new_sign_ins(), changes, end, each->changes);
      each->take();
    }
    if (stop_.stop_requested()) return base::failure(base::ErrorCode::cancelled, "ended");
    return {};
  }

 private:
  using CloudNormaliser = normalise::cloud::CloudNormaliser;

  // Without the comma behind the last record.
  static std::string page(std::string_view begin, std::string_view records, std::string_view end) {
    if (records.ends_with(',')) records.remove_suffix(1);
    return fmt::format("{}{}{}", begin, records, end);
  }

  void read(CloudNormaliser& normaliser, std::string_view format, const std::string& page,
            Timestamp received) {
    model::RawBatch batch;
    batch.source_name = "preview";
    batch.received = received;
    batch.bytes = page;
    batch.journal_position = ++position_;
    normaliser.read(batch, format, false);
  }

  Result<void> ask(const std::string& query, Timestamp from, Timestamp to,
                   kql::result::Sink& sink) {
    HuntRequest request;
    request.query = query;
    request.timeout_ms = timeout_ms;
    if (from.is_set()) request.inputs.from_ticks = from.ticks;
    if (to.is_set()) request.inputs.to_ticks = to.ticks;
    const auto asked = ground_.run(request, sink, stop_);
    if (stop_.stop_requested()) return base::failure(base::ErrorCode::cancelled, "ended");
    if (!asked) return base::failure(base::ErrorCode::unavailable, asked.error().message);
    return {};
  }

  // Followed by a comma, unless there are none.
  Result<std::string> records(std::string_view table, const Piece& piece,
                              std::span<const Column> columns, std::string_view more,
                              PreviewReport& report) {
    std::string query = std::string(table) + " | project ";
    for (std::size_t i = 0; i < columns.size(); ++i)
      query += (i == 0 ? "" : ", ") + std::string(columns[i].name);
    Records found(columns, more);
    VEDETTE_TRY_VOID(ask(query, piece.begin, piece.end, found));
    report.events += found.count;
    report.is_cut = report.is_cut || found.is_cut;
    if (found.count > 0) found.text += ',';
    return std::move(found.text);
  }

  const PreviewGround& ground_;
  const std::stop_token& stop_;
  normalise::QuarantineRows quarantine_;
  CloudNormaliser sign_ins_{quarantine_}, audits_{quarantine_}, activities_{quarantine_};
  std::uint64_t position_ = 0;
};

}  // namespace

Result<PreviewReport> DetectionPreview::compare(const Settings& now, const Settings& then, int days,
                                                const std::stop_token& stop) const {
  PreviewReport report;
  report.days = days;
  Run run(ground_, stop);
  const std::vector<Piece> stored = VEDETTE_TRY(run.find_pieces(report));
  if (stored.empty()) return report;
  const model::TenantDirectory people = ground_.directory();
  Watched as_is(now, ground_, people), as_would_be(then, ground_, people);
  HoursTally tally;
  as_would_be.watch.set_hours_tally(&tally);
  const std::array<Watched*, 2> both{&as_is, &as_would_be};
  for (const Piece& piece : stored) VEDETTE_TRY_VOID(run.feed(piece, both, report));
  const Timestamp end = ground_.clock.now(), since = end - Duration::hours(24LL * days);
  for (Watched* each : both) {
    each->watch.finish(end, each->changes);
    each->take();
  }
  report.first_event = stored.front().begin;
  report.learned_days = static_cast<int>(
      std::max<std::int64_t>((since - report.first_event).whole_seconds(), 0) / (24LL * 3'600));
  sum_up(as_is.alerts, as_would_be.alerts, since, report.now, report.removed);
  sum_up(as_would_be.alerts, as_is.alerts, since, report.then, report.added);
  report.hours = count_hours(then, tally, as_would_be.alerts, people, since);
  return report;
}

}  // namespace vedette::app
