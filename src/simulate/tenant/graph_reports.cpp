#include "simulate/tenant/graph_reports.h"

#include <algorithm>
#include <tuple>

namespace vedette::simulate::tenant {
namespace {

constexpr std::size_t page_rows = 1'000;
constexpr std::int64_t usual_keep_days = 30, free_keep_days = 7;
// Between a client's thought of "30 days ago" and its request.
constexpr base::Duration keep_slack = base::Duration::minutes(10);

std::optional<std::string> token_of(const std::optional<Bookmark>& next) {
  if (!next) return std::nullopt;
  return format_bookmark(*next);
}

// Some neighbours change places.
template <class Record>
void disorder(std::vector<Record>& records, std::uint32_t permille) {
  for (std::size_t i = 0; i + 1 < records.size(); ++i)
    if (base::hash_words(records[i].key, 0x6f72) % 1'000 < permille) {
      std::swap(records[i], records[i + 1]);
      ++i;
    }
}

}  // namespace

std::optional<TenantReply> GraphReports::answer(const GraphCall& call) {
  const bool get = call.request.method == "GET";
  if (get && call.is({"auditLogs", "signIns"})) return list_sign_ins(call);
  if (get && call.is({"auditLogs", "signIns", "*"})) return get_sign_in(call);
  if (get && call.is({"auditLogs", "directoryAudits"})) return list_audits(call);
  if (get && call.is({"auditLogs", "directoryAudits", "*"})) return get_audit(call);
  if (get && call.is({"identityProtection", "riskDetections"})) return list_detections(call);
  if (get && call.is({"identityProtection", "riskDetections", "*"})) return get_detection(call);
  if (get && call.is({"identityProtection", "riskyUsers"})) return list_risky_users(call);
  if (get && call.is({"identityProtection", "riskyUsers", "*"})) return get_risky_user(call);
  if (call.request.method == "POST") {
    if (call.is({"identityProtection", "riskyUsers", "confirmCompromised"}))
      return judge_risky_users(call, true);
    if (call.is({"identityProtection", "riskyUsers", "dismiss"}))
      return judge_risky_users(call, false);
  }
  return std::nullopt;
}

std::optional<TenantReply> GraphReports::refuse_sign_ins(const GraphCall& call) const {
  if (auto refused = call.require({"AuditLog.Read.All", "Directory.Read.All"})) return refused;
  if (options_.licence != Licence::free) return std::nullopt;
  return call.error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                    "Neither tenant is B2C or tenant doesn't have premium license");
}

std::optional<TenantReply> GraphReports::refuse_risk(const GraphCall& call,
                                                     std::string_view permission) const {
  if (auto refused = call.require({permission})) return refused;
  if (options_.licence == Licence::p2) return std::nullopt;
  return call.error(403, "Forbidden", "Your tenant is not licensed for this feature.");
}

base::Result<Walk> GraphReports::walk_of(const GraphCall& call, const Filter& filter,
                                         std::string_view time_property, std::size_t rows) const {
  Walk walk;
  walk.rows_max = rows;
  walk.bounds = filter.bounds(time_property);
  const std::int64_t keep_days =
      options_.licence == Licence::free ? free_keep_days : usual_keep_days;
  const base::Timestamp oldest = call.now - base::Duration::hours(24 * keep_days);
  if (walk.bounds.from.is_set() && walk.bounds.from < oldest - keep_slack)
    return base::failure(base::ErrorCode::invalid_argument, "Invalid filter clause");
  walk.bounds.from = std::max({walk.bounds.from, oldest - keep_slack, timeline_.begin()});
  walk.bounds.to = std::min(walk.bounds.to, call.now);
  const std::string_view order = find_option(call.query, "$orderby");
  if (!order.empty()) {
    const bool ascending = base::equals_ignoring_case(order, time_property) ||
                           base::equals_ignoring_case(order, std::string(time_property) + " asc");
    if (!ascending && !base::equals_ignoring_case(order, std::string(time_property) + " desc"))
      return base::failure(
          base::ErrorCode::invalid_argument,
          "Invalid orderby clause: only " + std::string(time_property) + " can be ordered by.");
    walk.ascending = ascending;
  }
  walk.mark.as_of = call.now;
  if (const auto token = find_option(call.query, "$skiptoken"); !token.empty()) {
    const auto mark = parse_bookmark(token);
    if (!mark || mark->as_of > call.now)
      return base::failure(base::ErrorCode::invalid_argument, "Invalid skiptoken.");
    walk.mark = *mark;
    walk.is_begun = true;
    walk.bounds.to = std::min(walk.bounds.to, mark->as_of);
  }
  return walk;
}

TenantReply GraphReports::list_sign_ins(const GraphCall& call) {
  if (auto refused = refuse_sign_ins(call)) return *std::move(refused);
  const auto filter =
      Filter::parse(find_option(call.query, "$filter"), sign_in_vocabulary(call.version));
  if (!filter) return call.error(400, "BadRequest", filter.error().message);
  const auto rows = call.rows_max(page_rows, page_rows);
  if (!rows) return call.error(400, "BadRequest", rows.error().message);
  const auto walk = walk_of(call, *filter, "createdDateTime", *rows);
  if (!walk) return call.error(400, "BadRequest", walk.error().message);
  const base::Timestamp as_of = walk->mark.as_of;
  // Without a word about the kind it is the interactive ones that are meant.
  const bool any_kind = filter->mentions("signInEventTypes");
  const auto take = [&](const SignIn& record, std::vector<SignIn>& out) {
    if (visible_from(record) > as_of) return;
    if (!any_kind && record.kind != SignInKind::interactive) return;
    const auto happened = accounts_.apply(record);
    if (!happened) return;
    const auto read = [&](std::string_view name) { return sign_ins_.read(*happened, as_of, name); };
    if (!filter->matches(read)) return;
    out.push_back(*happened);
    const bool twice = base::hash_words(record.key, 0x32) % 1'000 < options_.duplicate_permille;
    if (twice && out.size() < walk->rows_max) out.push_back(*happened);
  };
  auto page = collect_page<SignIn>(
      *walk, [this](std::int64_t day) { return timeline_.sign_ins(day); }, take);
  disorder(page.records, options_.disorder_permille);
  const Selection selection(find_option(call.query, "$select"));
  base::JsonWriter out;
  begin_list(out, call, "auditLogs/signIns");
  for (const SignIn& record : page.records)
    sign_ins_.write(out, record, as_of, call.version, selection);
  end_list(out, call, token_of(page.next));
  return json_reply(200, out.take());
}

TenantReply GraphReports::get_sign_in(const GraphCall& call) {
  if (auto refused = refuse_sign_ins(call)) return *std::move(refused);
  const auto id = parse_guid(call.path.back());
  if (id && record_time(*id) >= timeline_.begin() && record_time(*id) <= call.now) {
    const Slice<SignIn> records = timeline_.sign_ins(day_of(record_time(*id)));
    for (const SignIn& record : *records) {
      if (record.id() != *id || visible_from(record) > call.now) continue;
      const bool interactive = record.kind == SignInKind::interactive;
      if (call.version == GraphVersion::v1 && !interactive) break;
      if (const auto happened = accounts_.apply(record)) {
        base::JsonWriter out;
        sign_ins_.write(out, *happened, call.now, call.version,
                        Selection(find_option(call.query, "$select")));
        return json_reply(200, out.take());
      }
    }
  }
  return call.error(404, "ResourceNotFound", "The sign-in was not found.");
}

Slice<Change> GraphReports::changes_on(std::int64_t day) {
  Slice<Change> slice = timeline_.changes(day);
  const auto& made = accounts_.changes();
  const auto of_day = [&](const Change& change) { return day_of(change.time) == day; };
  if (std::ranges::none_of(made, of_day)) return slice;
  std::vector<Change> merged = *slice;
  std::ranges::copy_if(made, std::back_inserter(merged), of_day);
  std::ranges::sort(merged, {},
                    [](const Change& change) { return std::tuple(change.time.ticks, change.key); });
  return std::make_shared<const std::vector<Change>>(std::move(merged));
}

TenantReply GraphReports::list_audits(const GraphCall& call) {
  if (auto refused = call.require({"AuditLog.Read.All", "Directory.Read.All"}))
    return *std::move(refused);
  const auto filter = Filter::parse(find_option(call.query, "$filter"), audit_vocabulary());
  if (!filter) return call.error(400, "BadRequest", filter.error().message);
  const auto rows = call.rows_max(page_rows, page_rows);
  if (!rows) return call.error(400, "BadRequest", rows.error().message);
  const auto walk = walk_of(call, *filter, "activityDateTime", *rows);
  if (!walk) return call.error(400, "BadRequest", walk.error().message);
  const auto take = [&](const Change& record, std::vector<Change>& out) {
    const auto read = [&](std::string_view name) { return audits_.read(record, name); };
    if (visible_from(record) > walk->mark.as_of || !filter->matches(read)) return;
    out.push_back(record);
    const bool twice = base::hash_words(record.key, 0x32) % 1'000 < options_.duplicate_permille;
    if (twice && out.size() < walk->rows_max) out.push_back(record);
  };
  auto page =
      collect_page<Change>(*walk, [this](std::int64_t day) { return changes_on(day); }, take);
  disorder(page.records, options_.disorder_permille);
  const Selection selection(find_option(call.query, "$select"));
  base::JsonWriter out;
  begin_list(out, call, "auditLogs/directoryAudits");
  for (const Change& record : page.records) audits_.write(out, record, selection);
  end_list(out, call, token_of(page.next));
  return json_reply(200, out.take());
}

TenantReply GraphReports::get_audit(const GraphCall& call) {
  if (auto refused = call.require({"AuditLog.Read.All", "Directory.Read.All"}))
    return *std::move(refused);
  const auto id = parse_audit_id(call.path.back());
  if (id && record_time(*id) >= timeline_.begin() && record_time(*id) <= call.now) {
    const Slice<Change> records = changes_on(day_of(record_time(*id)));
    for (const Change& record : *records) {
      if (record.id() != *id || visible_from(record) > call.now) continue;
      base::JsonWriter out;
      audits_.write(out, record, Selection(find_option(call.query, "$select")));
      return json_reply(200, out.take());
    }
  }
  return call.error(404, "ResourceNotFound", "The audit record was not found.");
}

TenantReply GraphReports::list_detections(const GraphCall& call) {
  if (auto refused = refuse_risk(call, "IdentityRiskEvent.Read.All")) return *std::move(refused);
  const auto filter = Filter::parse(find_option(call.query, "$filter"), detection_vocabulary());
  if (!filter) return call.error(400, "BadRequest", filter.error().message);
  const auto rows = call.rows_max(20, 500);
  if (!rows) return call.error(400, "BadRequest", rows.error().message);
  const auto walk = walk_of(call, *filter, "detectedDateTime", *rows);
  if (!walk) return call.error(400, "BadRequest", walk.error().message);
  const auto take = [&](const Detection& record, std::vector<Detection>& out) {
    const auto happened = accounts_.apply(record.sign_in);
    if (record.time > walk->mark.as_of || !happened || happened->risk == RiskKind::none) return;
    const auto read = [&](std::string_view name) { return risks_.read(record, name); };
    if (filter->matches(read)) out.push_back(record);
  };
  const auto page = collect_page<Detection>(
      *walk, [this](std::int64_t day) { return risks_.detections(day); }, take);
  const Selection selection(find_option(call.query, "$select"));
  base::JsonWriter out;
  begin_list(out, call, "identityProtection/riskDetections");
  for (const Detection& record : page.records) risks_.write(out, record, selection);
  end_list(out, call, token_of(page.next));
  return json_reply(200, out.take());
}

TenantReply GraphReports::get_detection(const GraphCall& call) {
  if (auto refused = refuse_risk(call, "IdentityRiskEvent.Read.All")) return *std::move(refused);
  const auto id = parse_guid(call.path.back());
  if (id && record_time(*id) >= timeline_.begin() && record_time(*id) <= call.now) {
    const Slice<Detection> records = risks_.detections(day_of(record_time(*id)));
    for (const Detection& record : *records) {
      if (record.id() != *id || record.time > call.now) continue;
      base::JsonWriter out;
      risks_.write(out, record, Selection(find_option(call.query, "$select")));
      return json_reply(200, out.take());
    }
  }
  return call.error(404, "ResourceNotFound", "The risk detection was not found.");
}

TenantReply GraphReports::list_risky_users(const GraphCall& call) {
  if (auto refused = refuse_risk(call, "IdentityRiskyUser.ReadWrite.All"))
    return *std::move(refused);
  const auto filter = Filter::parse(find_option(call.query, "$filter"), risky_user_vocabulary());
  if (!filter) return call.error(400, "BadRequest", filter.error().message);
  const auto rows = call.rows_max(100, 500);
  if (!rows) return call.error(400, "BadRequest", rows.error().message);
  const auto skip = base::parse_unsigned(find_option(call.query, "$skiptoken")).value_or(0);
  const Selection selection(find_option(call.query, "$select"));
  base::JsonWriter out;
  begin_list(out, call, "identityProtection/riskyUsers");
  std::size_t seen = 0, written = 0;
  std::optional<std::string> next;
  for (const RiskyUser& user : risks_.users(call.now)) {
    const auto read = [&](std::string_view name) { return risks_.read(user, name); };
    if (!filter->matches(read) || seen++ < skip) continue;
    if (written == *rows) {
      next = std::to_string(seen - 1);
      break;
    }
    risks_.write(out, user, selection);
    ++written;
  }
  end_list(out, call, next);
  return json_reply(200, out.take());
}

TenantReply GraphReports::get_risky_user(const GraphCall& call) {
  if (auto refused = refuse_risk(call, "IdentityRiskyUser.ReadWrite.All"))
    return *std::move(refused);
  const std::uint32_t person = timeline_.directory().find(call.path.back());
  for (const RiskyUser& user : risks_.users(call.now)) {
    if (user.person != person) continue;
    base::JsonWriter out;
    risks_.write(out, user, Selection(find_option(call.query, "$select")));
    return json_reply(200, out.take());
  }
  return call.error(404, "ResourceNotFound", "The user is not at risk.");
}

TenantReply GraphReports::judge_risky_users(const GraphCall& call, bool compromised) {
  if (auto refused = refuse_risk(call, "IdentityRiskyUser.ReadWrite.All"))
    return *std::move(refused);
  const auto body = base::parse_json(call.request.body);
  const auto* ids = body ? (*body)["userIds"].as_array() : nullptr;
  if (ids == nullptr) return call.error(400, "BadRequest", "userIds is required.");
  for (const base::Json& id : *ids) {
    const auto* text = id.as_string();
    const std::uint32_t person = text != nullptr ? timeline_.directory().find(*text) : 0;
    if (text == nullptr || person >= timeline_.directory().people().size())
      return call.error(404, "ResourceNotFound", "A user was not found.");
    risks_.judge(person, compromised ? Judgement::compromised : Judgement::dismissed, call.now);
  }
  return {204, {}, {}, {}};
}

}  // namespace vedette::simulate::tenant
