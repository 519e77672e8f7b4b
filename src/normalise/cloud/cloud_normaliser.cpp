#include "normalise/cloud/cloud_normaliser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/decimal.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/activity_reader.h"
#include "normalise/cloud/audit_log_in_reader.h"
#include "normalise/cloud/change_reader.h"
#include "normalise/cloud/identity_reader.h"
#include "normalise/cloud/incident_reader.h"
#include "normalise/cloud/log_analytics_rows.h"
#include "normalise/cloud/mapped_rows.h"
#include "normalise/cloud/mapping.h"
#include "normalise/cloud/sign_in_errors.h"
#include "normalise/cloud/sign_in_reader.h"
#include "normalise/cloud/sign_in_rows.h"
#include "normalise/quarantine.h"

namespace vedette::normalise::cloud {
namespace {

constexpr std::array formats{model::graph_sign_ins_format,
                             model::graph_directory_audits_format,
                             model::graph_risk_detections_format,
                             model::graph_risky_users_format,
                             model::graph_identities_format,
                             model::graph_named_locations_format,
                             model::management_activity_format,
                             model::sentinel_incidents_format,
                             model::sentinel_incident_details_format,
                             model::log_analytics_format,
                             model::cloud_refusal_format};

// The first GUID in the source's name: a tenant without a name is called by its id.
std::string_view guid_in(std::string_view source) {
  constexpr std::size_t guid_bytes = 36;
  for (std::size_t at = 0; at + guid_bytes <= source.size(); ++at) {
    if (source[at + 8] != '-') continue;
    const std::string_view part = source.substr(at, guid_bytes);
    if (kql::canonical_guid(part)) return part;
  }
  return {};
}

// Guessing is told by wrong credentials, and by what succeeds where they were given.
bool tells_of_guessing(const model::SignIn& sign_in) {
  if (sign_in.kind != model::SignInKind::interactive &&
      sign_in.kind != model::SignInKind::non_interactive)
    return false;
  if (sign_in.result == model::SignInResult::credential_failure) return true;
  return sign_in.result == model::SignInResult::success && sign_in.presents_credentials;
}

}  // namespace

class CloudNormaliser::Body {
 public:
  explicit Body(QuarantineRows& quarantine)
      : quarantine_rows_(quarantine),
        errors_(*SignInErrors::read(built_in_sign_in_errors())),
        known_changes_(*DirectoryChanges::read(built_in_directory_changes())),
        mappings_(*read_mappings(built_in_mappings(), catalogue_)),
        sign_in_rows_(errors_),
        answers_(catalogue_, quarantine) {
    bool reads_incidents = false;  // several mappings may be of the same documents
    for (Mapping& mapping : mappings_.all) {
      // The readers' paths are asked for before the records' reader is made.
      Readers readers;
      if (mapping.format == model::graph_sign_ins_format)
        readers.sign_ins = std::make_unique<SignInReader>(mapping.paths, errors_);
      if (mapping.format == model::management_activity_format) {
        readers.log_ins = std::make_unique<AuditLogInReader>(mapping.paths, errors_);
        readers.activities = std::make_unique<ActivityReader>(mapping.paths);
      }
      if (mapping.format == model::graph_directory_audits_format)
        readers.changes = std::make_unique<ChangeReader>(mapping.paths, known_changes_);
      if (mapping.format == model::graph_identities_format)
        readers.identities = std::make_unique<IdentityReader>(mapping.paths, known_changes_);
      if (mapping.format == model::graph_named_locations_format)
        readers.locations = std::make_unique<LocationReader>(mapping.paths);
      if (mapping.format == model::sentinel_incident_details_format && mapping.records_at == "." &&
          !std::exchange(reads_incidents, true))
        readers.incidents = std::make_unique<IncidentReader>(mapping.paths);
      formats_.push_back(std::make_unique<Format>(mapping, mappings_, std::move(readers)));
    }
  }

  // `audits_log_ins`: log-ins of the unified audit log are all that there are.
  CloudCounts read(const model::RawBatch& batch, std::string_view format, std::string_view tenant,
                   bool audits_log_ins, bool keep_rows, SeenSignIns& seen) {
    audits_log_ins_ = audits_log_ins;
    sign_ins_.clear();
    contents_.clear();
    log_ins_.clear();
    new_sign_ins_.clear();
    changes_.clear();
    identities_.clear();
    locations_.clear();
    incidents_.clear();
    tells_of_locations_ = format == model::graph_named_locations_format;
    received_ = batch.received;
    if (format == model::log_analytics_format) {
      const AnswerCounts counts = answers_.add(batch, keep_rows);
      return {counts.rows + counts.unreadable, counts.unreadable};
    }
    CloudCounts counts;
    const RecordOrigin origin{tenant, batch.received, 0};
    for (const auto& one : formats_)
      if (one->mapping.format == format) read_format(*one, batch, origin, keep_rows, counts);
    leave_out_known(batch, seen);
    return counts;
  }
  void add_log_in_rows(const PlaceOf& place_of) {
    static const model::Location nowhere;
    for (std::size_t i = 0; i < sign_ins_.size(); ++i) {
      const model::AuthEvent& event = sign_ins_[i].event;
      sign_in_rows_.add(sign_ins_[i], contents_[i], received_,
                        event.has_address() ? place_of(event.address) : nowhere);
    }
  }
  void take(std::vector<model::TableBatch>& taken) {
    for (const auto& format : formats_) format->rows.take(taken);
    sign_in_rows_.take(taken);
    answers_.take(taken);
  }
  void reuse(std::span<model::TableBatch> used) {
    for (const auto& format : formats_) format->rows.reuse(used);
    sign_in_rows_.reuse(used);
  }
  [[nodiscard]] const std::vector<model::SignIn>& sign_ins() const { return sign_ins_; }
  [[nodiscard]] const std::vector<model::AuthEvent>& log_ins() const { return log_ins_; }
  [[nodiscard]] const std::vector<const model::SignIn*>& new_sign_ins() const {
    return new_sign_ins_;
  }
  [[nodiscard]] const std::vector<model::ChangeEvent>& changes() const { return changes_; }
  [[nodiscard]] const std::vector<model::Identity>& identities() const { return identities_; }
  [[nodiscard]] const std::vector<model::NamedLocation>* locations() const {
    return tells_of_locations_ ? &locations_ : nullptr;
  }
  [[nodiscard]] const std::vector<model::IncidentReading>& incidents() const { return incidents_; }
  [[nodiscard]] const Quarantine& quarantine() const { return quarantine_; }

 private:
  // Of formats that have such.
  struct Readers {
    std::unique_ptr<SignInReader> sign_ins;
    std::unique_ptr<AuditLogInReader> log_ins;
    std::unique_ptr<ChangeReader> changes;
    std::unique_ptr<ActivityReader> activities;
    std::unique_ptr<IdentityReader> identities;
    std::unique_ptr<LocationReader> locations;
    std::unique_ptr<IncidentReader> incidents;
  };
  struct Format {
    Format(const Mapping& from, const Mappings& all, Readers all_readers)
        : mapping(from),
          rows(from, all),
          readers(std::move(all_readers)),
          records(from.paths, from.records_at) {
      if (from.document.size() > 0) document.emplace(from.document, ".");
    }
    const Mapping& mapping;
    MappedRows rows;
    const Readers readers;
    base::JsonRecords records;
    std::optional<base::JsonRecords> document;
  };

  // What a mapping wants of the document around its records.
  struct Around {
    std::vector<std::string> texts;
    std::vector<base::JsonSlot> slots;
  };
  static Around around_of(Format& format, std::string_view document) {
    Around around;
    const auto take = [&](const base::JsonRecord& whole) {
      around.slots.assign(whole.slots.begin(), whole.slots.end());
      for (const auto& slot : around.slots) around.texts.emplace_back(slot.text);
      for (std::size_t i = 0; i < around.slots.size(); ++i) around.slots[i].text = around.texts[i];
    };
    // What is wrong with it the mapping that reads it as a record says.
    if (format.document) format.document->read(document, take, [](const base::JsonRejection&) {});
    return around;
  }

  void read_format(Format& format, const model::RawBatch& batch, RecordOrigin origin,
                   bool keep_rows, CloudCounts& counts) {
    const Readers& readers = format.readers;
    if (readers.sign_ins) readers.sign_ins->begin();
    if (readers.log_ins) readers.log_ins->begin();
    if (readers.changes) readers.changes->begin();
    const Around around = around_of(format, batch.bytes);
    origin.document = around.slots;
    std::uint64_t number = 0;
    const auto quarantine = [&](std::string_view reason, std::string_view text) {
      ++counts.unreadable;
      quarantine_.add(reason, batch.source_name, text);
      if (keep_rows)
        quarantine_rows_.add({batch.source_name, format.mapping.format, reason, text,
                              batch.received, batch.journal_position, number});
    };
    const auto take = [&](const base::JsonRecord& record) {
      ++counts.records;
      origin.place = base::hash_words(batch.journal_position, ++number);
      misfits_.clear();
      const model::RowHead head = format.rows.head_of(record, origin, misfits_);
      if (keep_rows) format.rows.add(record, head, origin, misfits_);
      if (readers.sign_ins) add_sign_in(readers.sign_ins->read(record, head), head);
      if (readers.log_ins && audits_log_ins_)
        if (const auto log_in = readers.log_ins->read(record, head)) add_sign_in(*log_in, head);
      if (readers.changes) changes_.push_back(readers.changes->read(record, head));
      if (readers.activities)
        if (const auto change = readers.activities->read(record, head)) changes_.push_back(*change);
      if (readers.identities) identities_.push_back(readers.identities->read(record));
      if (readers.locations) locations_.push_back(readers.locations->read(record));
      if (readers.incidents)
        if (auto reading = readers.incidents->read(record)) {
          reading->origin.source = batch.source_name;
          incidents_.push_back(*std::move(reading));
        }
      if (record.repeats_members) misfits_.emplace_back("a member stands there twice");
      if (!misfits_.empty()) quarantine(fmt::format("{}", fmt::join(misfits_, "; ")), record.bytes);
    };
    const auto reject = [&](const base::JsonRejection& rejected) {
      ++counts.records;
      ++number;
      quarantine(rejected.reason, rejected.bytes);
    };
    format.records.read(batch.bytes, take, reject);
  }
  // What the detectors were given before is no news to them; the rest comes by time.
  void leave_out_known(const model::RawBatch& batch, SeenSignIns& seen) {
    const auto is_known = [&](std::uint64_t key) {
      return !seen.add(key, batch.received, batch.live);
    };
    std::ranges::stable_sort(log_ins_, {}, &model::AuthEvent::time);
    std::erase_if(log_ins_, [&](const model::AuthEvent& event) { return is_known(event.id); });
    for (std::size_t i = 0; i < sign_ins_.size(); ++i)
      if (!is_known(base::hash_words(sign_ins_[i].event.id, contents_[i])))
        new_sign_ins_.push_back(&sign_ins_[i]);
    std::ranges::stable_sort(new_sign_ins_, {},
                             [](const model::SignIn* each) { return each->event.time; });
    std::ranges::stable_sort(changes_, {}, &model::ChangeEvent::time);
    std::erase_if(changes_, [&](const model::ChangeEvent& event) { return is_known(event.id); });
  }
  void add_sign_in(const model::SignIn& sign_in, const model::RowHead& head) {
    sign_ins_.push_back(sign_in);
    contents_.push_back(head.content_hash);
    if (tells_of_guessing(sign_in)) log_ins_.push_back(sign_in.event);
  }

  const kql::SchemaCatalogue catalogue_{kql::built_in_schema()};
  QuarantineRows& quarantine_rows_;
  Quarantine quarantine_;
  const SignInErrors errors_;
  const DirectoryChanges known_changes_;
  Mappings mappings_;
  std::vector<std::unique_ptr<Format>> formats_;
  SignInRows sign_in_rows_;
  LogAnalyticsRows answers_;
  // Of the batch.
  std::vector<model::SignIn> sign_ins_;
  std::vector<std::uint64_t> contents_;  // of the sign-ins
  std::vector<model::AuthEvent> log_ins_;
  std::vector<const model::SignIn*> new_sign_ins_;
  std::vector<model::ChangeEvent> changes_;
  std::vector<model::Identity> identities_;
  std::vector<model::NamedLocation> locations_;
  std::vector<model::IncidentReading> incidents_;
  bool tells_of_locations_ = false, audits_log_ins_ = false;
  std::vector<std::string> misfits_;
  base::Timestamp received_;
};

CloudNormaliser::CloudNormaliser(QuarantineRows& quarantine, TenantOf tenant_of)
    : quarantine_(quarantine), tenant_of_(std::move(tenant_of)) {}
CloudNormaliser::~CloudNormaliser() = default;

bool CloudNormaliser::reads(std::string_view format) {
  return std::ranges::find(formats, format) != formats.end();
}

SourceTenant CloudNormaliser::tenant_of(std::string_view source) const {
  SourceTenant tenant = tenant_of_ ? tenant_of_(source) : SourceTenant();
  if (!kql::canonical_guid(tenant.id)) tenant.id = guid_in(source);
  return tenant;
}

// The service's word on interactive sign-ins decides; whatever comes takes it back.
void CloudNormaliser::note_sign_ins(std::string_view source, std::string_view format,
                                    const SourceTenant& tenant) {
  if (!source.ends_with(":sign-ins:interactive")) return;
  if (format == model::cloud_refusal_format)
    without_sign_ins_.emplace(tenant.id);
  else if (const auto known = without_sign_ins_.find(tenant.id); known != without_sign_ins_.end())
    without_sign_ins_.erase(known);
}

CloudNormaliser::Body& CloudNormaliser::body() {
  if (!body_) body_ = std::make_unique<Body>(quarantine_);
  return *body_;
}

CloudCounts CloudNormaliser::read(const model::RawBatch& batch, std::string_view format,
                                  bool keep_rows) {
  const SourceTenant tenant = tenant_of(batch.source_name);
  note_sign_ins(batch.source_name, format, tenant);
  const bool audits_log_ins =
      !tenant.is_asked_for_sign_ins || without_sign_ins_.contains(tenant.id);
  return body().read(batch, format, tenant.id, audits_log_ins, keep_rows, seen_);
}

std::span<const model::SignIn> CloudNormaliser::sign_ins() const {
  if (!body_) return {};
  return body_->sign_ins();
}

std::span<const model::AuthEvent> CloudNormaliser::log_ins() const {
  if (!body_) return {};
  return body_->log_ins();
}

std::span<const model::SignIn* const> CloudNormaliser::new_sign_ins() const {
  if (!body_) return {};
  return body_->new_sign_ins();
}

std::span<const model::ChangeEvent> CloudNormaliser::changes() const {
  if (!body_) return {};
  return body_->changes();
}

std::span<const model::Identity> CloudNormaliser::identities() const {
  if (!body_) return {};
  return body_->identities();
}

const std::vector<model::NamedLocation>* CloudNormaliser::locations() const {
  return body_ ? body_->locations() : nullptr;
}

std::span<const model::IncidentReading> CloudNormaliser::incidents() const {
  if (!body_) return {};
  return body_->incidents();
}

void CloudNormaliser::add_log_in_rows(const PlaceOf& place_of) {
  if (body_) body_->add_log_in_rows(place_of);
}

void CloudNormaliser::take(std::vector<model::TableBatch>& taken) {
  if (body_) body_->take(taken);
}

void CloudNormaliser::reuse(std::span<model::TableBatch> used) {
  if (body_) body_->reuse(used);
}

std::string_view CloudNormaliser::most_frequent_reason() const {
  return body_ ? body_->quarantine().most_frequent_reason() : std::string_view();
}

std::vector<SeenSignIn> CloudNormaliser::seen() const {
  return seen_.all();
}

void CloudNormaliser::recall(const std::vector<SeenSignIn>& seen) {
  seen_.recall(seen);
}

}  // namespace vedette::normalise::cloud
