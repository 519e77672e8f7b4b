#include "collect/cloud/identities_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/cloud_limits.h"
#include "base/http_text.h"
#include "base/json.h"
#include "collect/cloud/back_off.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
namespace limits = base::limits;

constexpr std::string_view service = "Microsoft Graph";
constexpr Duration interval = Duration::hours(1);
constexpr Duration full_interval = Duration::hours(24);
constexpr int tries_max = 3;
constexpr std::string_view permissions =
    "grant the app User.Read.All, Group.Read.All, RoleManagement.Read.Directory, Policy.Read.All "
    "and "
    "MailboxSettings.Read (application permissions) with admin consent";
constexpr std::string_view user_properties =
    "id,userPrincipalName,displayName,givenName,surname,mail,otherMails,proxyAddresses,userType,"
    "accountEnabled,jobTitle,department,companyName,city,state,country,usageLocation,employeeId,"
    "createdDateTime,onPremisesSyncEnabled,onPremisesSamAccountName,onPremisesDomainName,"
    "onPremisesSecurityIdentifier,onPremisesDistinguishedName,mobilePhone,businessPhones";

}  // namespace

IdentitiesFeed::IdentitiesFeed(std::string source, FeedRooms rooms)
    : source_(std::move(source)),
      rooms_(rooms),
      handed_over_(rooms.random.next(), limits::cloud_records_remembered_max),
      due_(rooms.clock.monotonic()),
      full_due_(due_),
      report_(source_, "users, roles and groups") {}

std::string IdentitiesFeed::url_of(std::string_view path) const {
  return rooms_.client.settings().address + "/v1.0" + std::string(path);
}

void IdentitiesFeed::begin() {
  memberships_.clear();
  role_groups_.clear();
  locations_.clear();
  group_names_.clear();
  role_names_.clear();
  missing_.clear();
  held_ = 0;
  pull_ = {};
  pull_.from = rooms_.client.now();
  is_full_ = rooms_.clock.monotonic() >= full_due_;
  add_job(Step::role_names, "/roleManagement/directory/roleDefinitions?$select=id,displayName");
}

void IdentitiesFeed::add_job(Step step, std::string_view path, std::string of) {
  jobs_.push_back({step, url_of(path), std::move(of)});
}

void IdentitiesFeed::live_turn(const std::stop_token& stop) {
  if (jobs_.empty()) begin();
  Job& job = jobs_.front();
  const auto done = run(job, stop);
  if (done) {
    failures_ = 0;
    return;
  }
  if (done.error().kind == TroubleKind::stopped) return;
  if (can_do_without(job, done.error())) {
    const Job left_out = jobs_.front();
    jobs_.pop_front();
    next_jobs(left_out);
    return;
  }
  fail(done.error());
}

// Without roles or groups users are still worth knowing.
bool IdentitiesFeed::can_do_without(const Job& job, const Trouble& trouble) {
  if (trouble.passes() || trouble.kind == TroubleKind::sign_in || job.step == Step::users)
    return false;
  switch (job.step) {
    case Step::role_names:
    case Step::assignments:
      missing_.insert("roles (RoleManagement.Read.Directory)");
      break;
    case Step::eligible:
      missing_.insert("eligible roles (Entra ID P2 and RoleEligibilitySchedule.Read.Directory)");
      break;
    case Step::locations:
      missing_.insert("named locations (Policy.Read.All)");
      break;
    case Step::mailboxes:
    case Step::zone:
      // Some have no mailbox here; what is refused for one is refused for all.
      if (trouble.kind == TroubleKind::absent) break;
      missing_.insert("time zones (MailboxSettings.Read)");
      jobs_.erase(std::next(jobs_.begin()), jobs_.end());
      break;
    default:
      missing_.insert("groups (Group.Read.All)");
  }
  return true;
}

Answered<void> IdentitiesFeed::run(Job& job, const std::stop_token& stop) {
  const auto answer = rooms_.client.send({"GET", job.url, "", ""}, stop);
  if (!answer) return std::unexpected(answer.error());
  ++pull_.pages;
  if (pull_.pages > limits::cloud_window_pages_max)
    return std::unexpected(
        Trouble{TroubleKind::not_usable, "the directory has no end", "", std::nullopt, ""});
  if (job.step == Step::zone) {
    take_zone(job, answer->body);
    finish_job();
    return {};
  }
  const auto page = read_odata_page(service, answer->body, "@odata.nextLink");
  if (!page) return std::unexpected(page.error());
  if (!take(job, *page, stop))
    return std::unexpected(Trouble{TroubleKind::stopped, "stopped", "", std::nullopt, ""});
  if (page->next.empty())
    finish_job();
  else
    job.url = page->next;
  return {};
}

bool IdentitiesFeed::take(const Job& job, const ListedPage& page, const std::stop_token& stop) {
  switch (job.step) {
    case Step::role_names:
      take_names(page, role_names_);
      return true;
    case Step::assignments:
    case Step::eligible:
      take_roles(page, job.step == Step::eligible);
      return true;
    case Step::groups:
      take_groups(page);
      return true;
    case Step::members:
      take_members(page, job.of);
      return true;
    case Step::locations:
      return take_locations(page, stop);
    case Step::mailboxes:
      take_mailboxes(page);
      return true;
    case Step::users:
      return take_users(page, stop);
    case Step::zone:  // no list
      return true;
  }
  return true;
}

void IdentitiesFeed::finish_job() {
  const Job done = jobs_.front();
  jobs_.pop_front();
  if (done.step == Step::users)
    finish();
  else
    next_jobs(done);
}

void IdentitiesFeed::next_jobs(const Job& done) {
  if (done.step == Step::groups)
    for (const auto& [id, name] : group_names_)
      add_job(Step::members,
              "/groups/" + base::percent_encode(id) + "/transitiveMembers?$select=id&$top=999", id);
  if (!jobs_.empty()) return;
  switch (done.step) {
    case Step::role_names:
      return add_job(Step::assignments, "/roleManagement/directory/roleAssignments");
    case Step::assignments:
      return add_job(Step::eligible, "/roleManagement/directory/roleEligibilitySchedules");
    case Step::eligible:
      return add_job(Step::groups, "/groups?$select=id,displayName,isAssignableToRole&$top=999");
    case Step::groups:
    case Step::members:
      return add_job(Step::locations, "/identity/conditionalAccess/namedLocations");
    case Step::locations:
      if (is_full_)
        return add_job(Step::mailboxes, "/users?$select=id,mail,accountEnabled,userType&$top=999");
      [[fallthrough]];
    default:
      return add_job(Step::users, fmt::format("/users?$select={}&$top=999",
                                              base::percent_encode(user_properties)));
  }
}

void IdentitiesFeed::take_roles(const ListedPage& page, bool is_eligible) {
  for (const std::string_view record : page.records) {
    const auto principal = string_at(record, "principalId");
    if (!principal || ++held_ > limits::cloud_directory_objects_max) continue;
    Role role;
    role.id = string_at(record, "roleDefinitionId").value_or("");
    if (const auto name = role_names_.find(role.id); name != role_names_.end())
      role.name = name->second;
    role.is_eligible = is_eligible;
    memberships_[*principal].roles.insert(std::move(role));
  }
}

void IdentitiesFeed::take_names(const ListedPage& page, Names& names) {
  for (const std::string_view record : page.records) {
    const auto id = string_at(record, "id");
    if (!id || names.size() >= limits::cloud_groups_max) continue;
    names[*id] = string_at(record, "displayName").value_or("");
  }
}

void IdentitiesFeed::take_groups(const ListedPage& page) {
  take_names(page, group_names_);
  for (const std::string_view record : page.records) {
    const auto members = members_of(record);
    if (!members || member(*members, "isAssignableToRole") != "true") continue;
    if (const auto id = string_at(record, "id"); id && group_names_.contains(*id))
      role_groups_.insert(*id);
  }
}

// All of them, when one has changed: what is gone cannot be told otherwise.
bool IdentitiesFeed::take_locations(const ListedPage& page, const std::stop_token& stop) {
  for (const std::string_view record : page.records)
    if (++held_ <= limits::cloud_directory_objects_max) locations_.emplace_back(record);
  if (!page.next.empty()) return true;
  const std::uint64_t key =
      handed_over_.key_of(odata_document({locations_.begin(), locations_.end()}));
  if (!is_full_ && key == locations_key_) return true;
  if (!hand_over(model::graph_named_locations_format, locations_, false, stop)) return false;
  locations_key_ = key;
  return true;
}

void IdentitiesFeed::take_mailboxes(const ListedPage& page) {
  for (const std::string_view record : page.records) {
    const auto members = members_of(record);
    const auto id = string_at(record, "id");
    const bool is_asked = members && id && !string_at(record, "mail").value_or("").empty() &&
                          member(*members, "accountEnabled") != "false" &&
                          string_at(record, "userType") != "Guest";
    if (is_asked && jobs_.size() < limits::cloud_zones_max)
      add_job(Step::zone, "/users/" + base::percent_encode(*id) + "/mailboxSettings", *id);
  }
}

void IdentitiesFeed::take_zone(const Job& job, std::string_view body) {
  const auto members = members_of(body);
  const auto zone = string_at(body, "timeZone");
  if (!members || !zone || body.size() > limits::cloud_mailbox_bytes_max) return;
  const std::string_view hours = member(*members, "workingHours");
  base::JsonWriter out;
  out.begin_object().member("timeZone", *zone).end_object();
  std::string text = out.take();
  if (hours.starts_with('{')) {
    text.pop_back();
    text += ",\"workingHours\":" + std::string(hours) + "}";
  }
  mailboxes_[job.of] = std::move(text);
}

void IdentitiesFeed::take_members(const ListedPage& page, const std::string& group) {
  for (const std::string_view record : page.records) {
    const auto id = string_at(record, "id");
    if (id && ++held_ <= limits::cloud_directory_objects_max)
      memberships_[*id].groups.insert(group);
  }
}

std::string IdentitiesFeed::wrap(std::string_view user) const {
  const auto found = memberships_.find(string_at(user, "id").value_or(""));
  std::set<Role> roles;
  base::JsonWriter rest;
  rest.begin_object().key("groups").begin_array();
  if (found != memberships_.end()) {
    roles = found->second.roles;
    for (const auto& id : found->second.groups) {
      rest.begin_object().member("id", id).member("displayName", group_names_.at(id));
      rest.key("takesRoles").boolean(role_groups_.contains(id)).end_object();
      // A role may be held by a group, and so by all in it.
      if (const auto group = memberships_.find(id); group != memberships_.end())
        roles.insert(group->second.roles.begin(), group->second.roles.end());
    }
  }
  rest.end_array().key("roles").begin_array();
  for (const Role& role : roles) {
    rest.begin_object().member("id", role.id).member("displayName", role.name);
    rest.key("eligible").boolean(role.is_eligible).end_object();
  }
  rest.end_array().end_object();
  std::string mailbox;
  if (const auto known = mailboxes_.find(string_at(user, "id").value_or(""));
      known != mailboxes_.end())
    mailbox = ",\"mailbox\":" + known->second;
  return "{\"user\":" + std::string(user) + mailbox + "," + rest.text().substr(1);
}

bool IdentitiesFeed::take_users(const ListedPage& page, const std::stop_token& stop) {
  std::vector<std::string> wrapped;
  std::vector<std::uint64_t> keys;
  for (const std::string_view user : page.records) {
    std::string record = wrap(user);
    const std::uint64_t key = handed_over_.key_of(record);
    if (!is_full_ && handed_over_.has(key)) continue;
    wrapped.push_back(std::move(record));
    keys.push_back(key);
  }
  pull_.fetched += page.records.size();
  pull_.fresh += wrapped.size();
  const bool is_last = page.next.empty();
  if (wrapped.empty() && !is_last) return true;
  if (!hand_over(model::graph_identities_format, wrapped, is_last, stop)) return false;
  for (const std::uint64_t key : keys) handed_over_.add(key);
  return true;
}

bool IdentitiesFeed::hand_over(std::string_view format, const std::vector<std::string>& records,
                               bool is_last, const std::stop_token& stop) {
  ports::RawRecord record;
  record.source = source_;
  record.format = format;
  record.received = rooms_.clock.now();
  record.live = true;
  record.payload = odata_document({records.begin(), records.end()});
  if (is_last) record.cursor = base::format_iso(rooms_.client.now());
  return rooms_.commit(std::move(record), stop);
}

void IdentitiesFeed::finish() {
  const Duration now = rooms_.clock.monotonic();
  if (is_full_) full_due_ = now + full_interval;
  due_ = now + interval;
  pull_.to = rooms_.client.now();
  pull_.ended = rooms_.clock.now();
  if (missing_.empty())
    report_.pulled(pull_, "ok");
  else
    report_.pulled(pull_, "limited", fmt::format("missing: {}", fmt::join(missing_, ", ")));
}

void IdentitiesFeed::fail(const Trouble& trouble) {
  ++failures_;
  const bool passes = trouble.passes();
  const Duration wait = wait_after(trouble, passes, failures_, rooms_.random);
  if (trouble.kind == TroubleKind::throttled) rooms_.client.pause(wait);
  due_ = rooms_.clock.monotonic() + wait;
  if (failures_ % tries_max == 0 || !passes) jobs_.clear();
  report_.failed(trouble,
                 trouble.kind == TroubleKind::forbidden ? std::string(permissions) : trouble.remedy,
                 passes, failures_ >= tries_max, rooms_.clock.now());
}

}  // namespace vedette::collect::cloud
