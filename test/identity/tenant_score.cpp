#include "tenant_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "detect/identity/identity_watch.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/cloud_normaliser.h"
#include "simulate/tenant/activity_feed.h"
#include "simulate/tenant/audit_document.h"
#include "simulate/tenant/sign_in_document.h"
#include "simulate/tenant/timeline.h"

namespace vedette::test {
namespace {

namespace tenant = simulate::tenant;
using base::Duration;
using base::Timestamp;
using Identifier = std::pair<std::uint64_t, std::uint64_t>;

// One record as it becomes visible.
struct Arrival {
  enum class Kind : std::uint8_t { sign_in, change, operation } kind = Kind::sign_in;
  tenant::SignIn sign_in;
  tenant::Change change;
  tenant::Operation operation;
};

struct Named {
  Timestamp time;
  Identifier id;
};

Identifier identifier_of(tenant::Identifier id) {
  return {id.high, id.low};
}

class Run {
 public:
  explicit Run(const ScoreOptions& options)
      : wanted_(options),
        options_(options_of(options)),
        timeline_(options_),
        watch_(options.settings),
        sign_in_documents_(options_, timeline_.directory()),
        audit_documents_(options_, timeline_.directory()) {
    if (options.knows_directory) fill_directory();
    watch_.set_directory(&directory_);
    read_truth();
  }

  Score run() {
    const std::int64_t first = tenant::day_of(timeline_.begin());
    const std::int64_t last = tenant::day_of(options_.start);
    for (std::int64_t day = first; day < last; ++day) {
      collect(day);
      give_until(tenant::start_of_day(day + 1));
    }
    give_until(options_.start + Duration::hours(26));
    watch_.finish(now_, changes_);
    take_alerts();
    judge();
    score_.events = watch_.counts().events;
    score_.redone = watch_.counts().redone;
    score_.people = watch_.people();
    return std::move(score_);
  }

 private:
  static tenant::TenantOptions options_of(const ScoreOptions& options) {
    tenant::TenantOptions made;
    made.seed = options.seed;
    made.people = options.people;
    made.days = options.days;
    made.start = *base::parse_iso("2026-11-02T00:00:00Z");  // the clocks were set back meanwhile
    return made;
  }

  void fill_directory() {
    const tenant::Directory& directory = timeline_.directory();
    for (std::uint32_t i = 0; i < directory.people().size(); ++i) {
      const tenant::Person& person = directory.person(i);
      model::Identity account;
      account.id = tenant::format_guid(person.id);
      account.name = base::to_lower_ascii(person.user_principal_name);
      account.is_administrator = directory.is_administrator(i);
      account.zone = tenant::cities()[person.city].zone;
      account.country = tenant::cities()[person.city].country;
      directory_.put(std::move(account));
    }
  }

  void read_truth() {
    for (const auto& cycle : timeline_.attacks().reaching(timeline_.begin(), options_.start))
      for (const tenant::Campaign& campaign : *cycle) {
        // What is seen only in part need not be found, and is no false alert.
        const bool is_whole =
            campaign.first() >= timeline_.begin() && campaign.last() < options_.start;
        const int number = is_whole ? static_cast<int>(campaigns_.size()) : -1;
        if (is_whole) campaigns_.push_back(campaign);
        for (const auto& each : campaign.sign_ins) truth_[identifier_of(each.id())] = number;
        for (const auto& each : campaign.changes) truth_[identifier_of(each.id())] = number;
        for (const auto& each : campaign.operations) truth_[identifier_of(each.id())] = number;
      }
    found_.resize(campaigns_.size());
  }

  void collect(std::int64_t day) {
    for (const tenant::SignIn& each : *timeline_.sign_ins(day)) {
      if (each.kind != tenant::SignInKind::interactive &&
          each.kind != tenant::SignInKind::non_interactive)
        continue;
      Arrival arrival;
      arrival.sign_in = each;
      waiting_.emplace(tenant::visible_from(each), arrival);
      if (each.changes) waiting_.emplace(tenant::final_from(each), arrival);
    }
    for (const tenant::Change& each : *timeline_.changes(day)) {
      Arrival arrival;
      arrival.kind = Arrival::Kind::change;
      arrival.change = each;
      waiting_.emplace(tenant::visible_from(each), arrival);
    }
    using enum tenant::OperationKind;
    for (const tenant::Operation& each : *timeline_.operations(day)) {
      // The others are none that a reader makes changes of.
      if (each.kind != inbox_rule_made && each.kind != forwarding_set &&
          each.kind != mail_items_accessed)
        continue;
      Arrival arrival;
      arrival.kind = Arrival::Kind::operation;
      arrival.operation = each;
      waiting_.emplace(tenant::visible_from(each), arrival);
    }
  }

  // As a poll every ten minutes finds them: a page of each kind, the newest first.
  void give_until(Timestamp until) {
    while (!waiting_.empty() && waiting_.begin()->first < until) {
      const Timestamp poll = waiting_.begin()->first + Duration::minutes(10);
      std::vector<Arrival> page;
      while (!waiting_.empty() && waiting_.begin()->first < poll) {
        page.push_back(std::move(waiting_.begin()->second));
        waiting_.erase(waiting_.begin());
      }
      std::ranges::reverse(page);
      now_ = poll;
      for (const auto kind :
           {Arrival::Kind::sign_in, Arrival::Kind::change, Arrival::Kind::operation})
        give_page(page, kind);
      take_alerts();
    }
  }

  void give_page(const std::vector<Arrival>& page, Arrival::Kind kind) {
    base::JsonWriter out;
    std::vector<Named> ids;
    const bool is_list = kind == Arrival::Kind::operation;
    if (is_list)
      out.begin_array();
    else
      out.begin_object().key("value").begin_array();
    for (const Arrival& each : page) {
      if (each.kind != kind) continue;
      if (kind == Arrival::Kind::sign_in) {
        ids.push_back({each.sign_in.time, identifier_of(each.sign_in.id())});
        sign_in_documents_.write(out, each.sign_in, now_, tenant::GraphVersion::beta, {});
      } else if (kind == Arrival::Kind::change) {
        ids.push_back({each.change.time, identifier_of(each.change.id())});
        audit_documents_.write(out, each.change, {});
      } else {
        if (each.operation.kind != tenant::OperationKind::mail_items_accessed)
          ids.push_back({each.operation.time, identifier_of(each.operation.id())});
        tenant::ActivityFeed::write(out, each.operation,
                                    timeline_.directory().person(each.operation.person),
                                    options_.tenant_id);
      }
    }
    out.end_array();
    if (!is_list) out.end_object();
    if (ids.empty()) return;
    const std::string text = out.take();
    model::RawBatch batch;
    const std::string source = "graph:" + options_.tenant_id;
    batch.source_name = source;
    batch.received = now_;
    batch.bytes = text;
    batch.journal_position = ++position_;
    normaliser_.read(batch,
                     kind == Arrival::Kind::sign_in  ? model::graph_sign_ins_format
                     : kind == Arrival::Kind::change ? model::graph_directory_audits_format
                                                     : model::management_activity_format,
                     false);
    const bool is_sign_in = kind == Arrival::Kind::sign_in;
    // Sign-ins stand in the page's order, changes (each of which comes once) by time.
    if (!is_sign_in) std::ranges::stable_sort(ids, {}, &Named::time);
    for (std::size_t i = 0; i < ids.size(); ++i)
      names_[is_sign_in ? normaliser_.sign_ins()[i].event.id : normaliser_.changes()[i].id] =
          ids[i].id;
    watch_.run(normaliser_.new_sign_ins(), normaliser_.changes(), now_, changes_);
  }

  void take_alerts() {
    for (auto& changed : changes_) {
      if (changed.change == model::AlertChange::withdrawn) {
        ++score_.withdrawn;
        alerts_.erase(changed.alert.id);
        continue;
      }
      alerts_[changed.alert.id] = std::move(changed.alert);
    }
    changes_.clear();
  }

  // What happened, why it is unusual, what usually explains it, what to do first; of a journey both
  // log-ins, the distance and the speed.
  static bool answers(const model::Alert& alert) {
    const auto says = [&](std::string_view words) {
      return std::ranges::any_of(alert.reasons, [&](const std::string& reason) {
        return reason.find(words) != std::string::npos;
      });
    };
    const bool is_travel = alert.rule == "impossible_travel";
    return !alert.title.empty() && alert.reasons.size() >= 4 && says("unusual: ") &&
           says("usually: ") && says("first: ") &&
           (!is_travel || (says("before: ") && says("now: ") && says(" km in ") && says(" km/h ")));
  }

  void judge() {
    for (const auto& [id, alert] : alerts_) {
      if (!answers(alert)) score_.mute.push_back(in_words(alert));
      bool is_true = false;
      for (const std::uint64_t event : alert.event_ids) {
        const auto name = names_.find(event);
        if (name == names_.end()) continue;
        const auto truth = truth_.find(name->second);
        if (truth == truth_.end()) continue;
        is_true = true;
        if (alert.severity > model::Severity::informational && truth->second >= 0)
          found_[static_cast<std::size_t>(truth->second)] = true;
      }
      if (alert.severity == model::Severity::informational) {
        ++score_.recorded[alert.rule];
        continue;
      }
      ++(is_true ? score_.true_alerts : score_.false_alerts)[alert.rule];
      if (!is_true) score_.wrong.push_back(in_words(alert));
    }
    for (std::size_t i = 0; i < campaigns_.size(); ++i) {
      const std::string kind(tenant::name_of(campaigns_[i].kind));
      ++score_.attacks[kind];
      if (found_[i])
        ++score_.found[kind];
      else
        score_.missed.push_back(
            fmt::format("{} of {}", base::format_iso(campaigns_[i].first()), kind));
    }
  }

  static std::string in_words(const model::Alert& alert) {
    std::string text = fmt::format("{} {} {}: {}", base::format_seconds(alert.first_event),
                                   alert.rule, model::name_of(alert.severity), alert.title);
    for (const auto& reason : alert.reasons) text += "\n      " + reason;
    return text;
  }

  const ScoreOptions wanted_;
  const tenant::TenantOptions options_;
  tenant::Timeline timeline_;
  model::TenantDirectory directory_;
  detect::identity::IdentityWatch watch_;
  const tenant::SignInDocuments sign_in_documents_;
  const tenant::AuditDocuments audit_documents_;
  normalise::QuarantineRows quarantine_;
  normalise::cloud::CloudNormaliser normaliser_{quarantine_};
  std::multimap<Timestamp, Arrival> waiting_;
  std::vector<tenant::Campaign> campaigns_;
  std::vector<bool> found_;
  std::map<Identifier, int> truth_;            // record → campaign; -1: one seen in part
  std::map<std::uint64_t, Identifier> names_;  // our id of a record → its own
  std::map<std::uint64_t, model::Alert> alerts_;
  std::vector<detect::ChangedAlert> changes_;
  Timestamp now_;
  std::uint64_t position_ = 0;
  Score score_;
};

}  // namespace

int Score::false_total() const {
  int total = 0;
  for (const auto& [rule, count] : false_alerts) total += count;
  return total;
}

int Score::missed_total() const {
  return static_cast<int>(missed.size());
}

Score score_tenant(const ScoreOptions& options) {
  return Run(options).run();
}

}  // namespace vedette::test
