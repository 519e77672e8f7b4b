#include "incident/origin_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "incident/actions.h"
#include "incident/grouping.h"
#include "incident/write_back.h"

namespace vedette::incident {
namespace {

using model::Alert;
using model::Classification;
using model::EntityType;
using model::Incident;
using model::IncidentOrigin;
using model::IncidentReading;
using model::IncidentStatus;
using model::TimelineKind;
using model::Toucher;

constexpr std::string_view rule_name = "sentinel_incident";

IncidentStatus status_of(const std::string& name) {
  return model::incident_status_named(name).value_or(IncidentStatus::new_incident);
}

std::optional<EntityType> type_of(std::string_view kind) {
  if (base::equals_ignoring_case(kind, "Account")) return EntityType::account;
  if (base::equals_ignoring_case(kind, "Ip")) return EntityType::ip;
  if (base::equals_ignoring_case(kind, "Host")) return EntityType::host;
  if (base::equals_ignoring_case(kind, "File")) return EntityType::file;
  return std::nullopt;
}

// What the origin says of it, as the one alert that our incident of it has.
Alert alert_of(const IncidentReading& reading, base::Timestamp now) {
  const IncidentOrigin& origin = reading.origin;
  Alert alert;
  alert.id = origin_identity(origin);
  alert.rule = rule_name;
  alert.title = origin.title;
  alert.severity = model::severity_named(reading.severity).value_or(model::Severity::medium);
  // Whom it is about first: alerts are grouped and shown by it.
  for (const bool is_account : {true, false})
    for (const auto& entity : origin.entities) {
      const auto type = type_of(entity.kind);
      if (type && (*type == EntityType::account) == is_account && !entity.value.empty())
        alert.entities.push_back({*type, entity.value});
    }
  alert.first_event = reading.first_event.is_set() ? reading.first_event : origin.created;
  alert.last_event = std::max(reading.last_event, alert.first_event);
  alert.event_count = std::max<std::uint64_t>(1, reading.event_count);
  if (!reading.description.empty()) alert.reasons.push_back(reading.description);
  for (const auto& name : origin.alert_names)
    if (name != origin.title) alert.reasons.push_back(name);
  alert.created = alert.updated = now;
  alert.momentary = true;
  return bounded(std::move(alert));
}

// One reading against what is known.
class Apply {
 public:
  Apply(const Incident* known, const IncidentReading& reading, base::Timestamp now)
      : reading_(reading), now_(now), is_new_(known == nullptr) {
    if (known != nullptr) incident_ = *known;
  }

  ChangedElsewhere run() {
    const IncidentOrigin before = incident_.origin.value_or(IncidentOrigin());
    IncidentOrigin after = reading_.origin;
    after.lineage_created =
        before.lineage_created.is_set() ? before.lineage_created : after.created;
    after.comment_ids = before.comment_ids;
    after.touched_by = before.touched_by;
    after.touched = before.touched;
    after.touch = before.touch;
    incident_.origin = std::move(after);
    if (is_new_)
      begin();
    else
      go_on(before);
    take_comments();
    incident_.updated = now_;
    return {std::move(incident_), std::move(entries_)};
  }

 private:
  IncidentOrigin& origin() { return *incident_.origin; }

  void note(TimelineKind kind, base::Timestamp event, const std::string& actor, std::string text) {
    entries_.push_back({incident_.number, kind, now_, event, actor, std::move(text)});
  }
  void note_there(std::string text) {
    const std::string& by = origin().changed_by;
    note(TimelineKind::changed_elsewhere, origin().changed, by.empty() ? origin().provider : by,
         std::move(text));
  }
  // Who made the last change there.
  [[nodiscard]] Toucher changer() {
    const std::string& by = origin().changed_by;
    if (by.empty()) return Toucher::unclear;
    return by.find('@') != std::string::npos ? Toucher::person : Toucher::automation;
  }
  void touch(Toucher by, base::Timestamp at, const std::string& what) {
    if (by <= origin().touched_by) return;
    origin().touched_by = by;
    origin().touched = at;
    origin().touch = what;
    if (by == Toucher::person) incident_.acknowledged = now_;
  }

  void begin() {
    const Alert alert = alert_of(reading_, now_);
    incident_.identity = alert.id;
    incident_.alerts = {alert};
    incident_.title = alert.title;
    incident_.severity = alert.severity;
    incident_.first_event = alert.first_event;
    incident_.last_event = alert.last_event;
    incident_.created = now_;
    incident_.status = status_of(origin().status);
    incident_.owner = origin().owner;
    note(TimelineKind::opened, origin().created, std::string(own_name),
         fmt::format("{} incident {}: {}", origin().provider, origin().number, alert.title));
    if (incident_.status == IncidentStatus::closed)
      close();
    else if (incident_.status != IncidentStatus::new_incident || !incident_.owner.empty())
      touch(changer(), origin().changed,
            fmt::format("it was {}{} when Vedette first saw it", origin().status,
                        incident_.owner.empty() ? "" : " and " + incident_.owner + "'s"));
  }

  void go_on(const IncidentOrigin& before) {
    if (before.title != origin().title) {
      note_there(fmt::format("renamed: {}, was {}", origin().title, before.title));
      incident_.title = origin().title;
    }
    Alert alert = alert_of(reading_, now_);
    if (!incident_.alerts.empty()) alert.created = incident_.alerts.front().created;
    incident_.alerts = {alert};
    incident_.first_event = alert.first_event;
    incident_.last_event = alert.last_event;
    if (!incident_.severity_set_by_person && incident_.severity != alert.severity) {
      note_there(fmt::format("severity {}, was {}", model::name_of(alert.severity),
                             model::name_of(incident_.severity)));
      incident_.severity = alert.severity;
    }
    if (before.labels != origin().labels) note_there("its labels were changed");
    if (before.alert_ids != origin().alert_ids) note_there("its alerts were changed");
    if (before.owner != origin().owner) {
      const std::string what =
          origin().owner.empty() ? "its owner was taken away" : "assigned to " + origin().owner;
      note_there(what);
      incident_.owner = origin().owner;
      touch(changer(), origin().changed, what);
    }
    if (before.status != origin().status) move_status(before);
  }

  void move_status(const IncidentOrigin& before) {
    const IncidentStatus status = status_of(origin().status);
    const std::string what = fmt::format("{}, was {}", origin().status, before.status);
    if (status == IncidentStatus::closed) {
      note_there(what);
      return close();
    }
    const bool is_reopened = status_of(before.status) == IncidentStatus::closed;
    incident_.status = status;
    if (is_reopened) {
      note_there("reopened: " + what);
      incident_.reopen(now_, status);
      origin().touched_by = Toucher::nobody;
      origin().touched = {};
      origin().touch.clear();
      return;
    }
    note_there(what);
    touch(changer(), origin().changed, "its status was changed: " + what);
  }

  void close() {
    incident_.status = IncidentStatus::closed;
    incident_.closed = now_;
    incident_.classification =
        model::classification_named(origin().classification).value_or(Classification::undetermined);
    incident_.closing_comment = reading_.closing_comment;
    if (origin().is_redirected())
      note(TimelineKind::merged, origin().changed, origin().provider,
           "a correlation there merged it into another incident");
  }

  void take_comments() {
    for (const auto& comment : reading_.comments) {
      auto& known = origin().comment_ids;
      if (std::ranges::find(known, comment.id) != known.end()) continue;
      if (known.size() < model::origin_texts_max) known.push_back(comment.id);
      if (is_own_comment(comment.id)) continue;  // it stands on the timeline as a person's here
      note(TimelineKind::commented, comment.at, comment.author, comment.text);
      touch(comment.by, comment.at, comment.author + " commented");
    }
  }

  const IncidentReading& reading_;
  const base::Timestamp now_;
  const bool is_new_;
  Incident incident_;
  std::vector<model::TimelineEntry> entries_;
};

// Nothing of it is news: the same version with the same contents, or an older one.
bool is_known(const IncidentOrigin& known, const IncidentReading& reading) {
  const IncidentOrigin& now = reading.origin;
  if (now.changed < known.changed) return true;
  const bool comments_known =
      std::ranges::all_of(reading.comments, [&](const model::OriginComment& each) {
        return std::ranges::find(known.comment_ids, each.id) != known.comment_ids.end();
      });
  return now.changed == known.changed && now.etag == known.etag && now.status == known.status &&
         now.owner == known.owner && now.alert_ids == known.alert_ids &&
         now.entities == known.entities && comments_known;
}

}  // namespace

std::uint64_t origin_identity(const IncidentOrigin& origin) {
  constexpr std::uint64_t seed = 0x53454e54494e454c;  // apart from alerts' identities
  // ARM ids are compared without regard to case.
  return base::hash_bytes(base::to_lower_ascii(origin.id), seed);
}

std::optional<ChangedElsewhere> apply_reading(const Incident* known, const IncidentReading& reading,
                                              base::Timestamp now) {
  if (known != nullptr && known->origin && is_known(*known->origin, reading)) return std::nullopt;
  return Apply(known, reading, now).run();
}

}  // namespace vedette::incident
