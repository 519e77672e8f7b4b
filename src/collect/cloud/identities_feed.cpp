#include "collect/cloud/identities_feed.h"

#include <fmt/format.h>

#include <algorithm>
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
    "grant the app User.Read.All, Group.Read.All and RoleManagement.Read.Directory (application "
    "permissions) with admin consent";
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
      full_due_(due_) {
  status_.source = source_;
  status_.title = "users, roles and groups";
  status_.state = "starting";
}

std::string IdentitiesFeed::url_of(std::string_view path) const {
  return rooms_.client.settings().address + "/v1.0" + std::string(path);
}

void IdentitiesFeed::begin() {
  memberships_.clear();
  group_names_.clear();
  role_names_.clear();
  missing_.clear();
  held_ = 0;
  pull_ = {};
  pull_.from = rooms_.client.now();
  is_full_ = rooms_.clock.monotonic() >= full_due_;
  jobs_.push_back({Step::role_names,
                   url_of("/roleManagement/directory/roleDefinitions?$select=id,displayName"), ""});
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
  if (job.step == Step::assignments || job.step == Step::role_names)
    missing_.insert("roles (RoleManagement.Read.Directory)");
  else if (job.step == Step::eligible)
    missing_.insert("eligible roles (Entra ID P2 and RoleEligibilitySchedule.Read.Directory)");
  else
    missing_.insert("groups (Group.Read.All)");
  return true;
}

Answered<void> IdentitiesFeed::run(Job& job, const std::stop_token& stop) {
  const auto answer = rooms_.client.send({"GET", job.url, "", ""}, stop);
  if (!answer) return std::unexpected(answer.error());
  const auto page = read_odata_page(service, answer->body, "@odata.nextLink");
  if (!page) return std::unexpected(page.error());
  ++pull_.pages;
  if (pull_.pages > limits::cloud_window_pages_max)
    return std::unexpected(
        Trouble{TroubleKind::not_usable, "the directory has no end", "", std::nullopt, ""});
  switch (job.step) {
    case Step::role_names:
      take_names(*page, role_names_);
      break;
    case Step::assignments:
    case Step::eligible:
      take_roles(*page, job.step == Step::eligible);
      break;
    case Step::groups:
      take_names(*page, group_names_);
      break;
    case Step::members:
      take_members(*page, job.group);
      break;
    case Step::users:
      if (!take_users(*page, stop))
        return std::unexpected(Trouble{TroubleKind::stopped, "stopped", "", std::nullopt, ""});
      break;
  }
  if (!page->next.empty()) {
    job.url = page->next;
    return {};
  }
  const Job done = jobs_.front();
  jobs_.pop_front();
  if (done.step == Step::users)
    finish();
  else
    next_jobs(done);
  return {};
}

void IdentitiesFeed::next_jobs(const Job& done) {
  if (done.step == Step::role_names) {
    jobs_.push_back({Step::assignments, url_of("/roleManagement/directory/roleAssignments"), ""});
  } else if (done.step == Step::assignments) {
    jobs_.push_back(
        {Step::eligible, url_of("/roleManagement/directory/roleEligibilitySchedules"), ""});
  } else if (done.step == Step::eligible) {
    jobs_.push_back({Step::groups, url_of("/groups?$select=id,displayName&$top=999"), ""});
  } else if (done.step == Step::groups) {
    for (const auto& [id, name] : group_names_)
      jobs_.push_back(
          {Step::members,
           url_of("/groups/" + base::percent_encode(id) + "/members?$select=id&$top=999"), id});
  }
  if (jobs_.empty())
    jobs_.push_back(
        {Step::users,
         url_of(fmt::format("/users?$select={}&$top=999", base::percent_encode(user_properties))),
         ""});
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
      rest.begin_object().member("id", id).member("displayName", group_names_.at(id)).end_object();
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
  return "{\"user\":" + std::string(user) + "," + rest.text().substr(1);
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
  ports::RawRecord record;
  record.source = source_;
  record.format = model::graph_identities_format;
  record.received = rooms_.clock.now();
  record.live = true;
  record.payload = odata_document({wrapped.begin(), wrapped.end()});
  if (is_last) record.cursor = base::format_iso(rooms_.client.now());
  if (!rooms_.commit(std::move(record), stop)) return false;
  for (const std::uint64_t key : keys) handed_over_.add(key);
  return true;
}

void IdentitiesFeed::finish() {
  const Duration now = rooms_.clock.monotonic();
  if (is_full_) full_due_ = now + full_interval;
  due_ = now + interval;
  pull_.to = rooms_.client.now();
  pull_.ended = rooms_.clock.now();
  const std::lock_guard lock(mutex_);
  status_.trouble.clear();
  status_.remedy.clear();
  for (const auto& each : missing_) status_.remedy += (status_.remedy.empty() ? "" : ", ") + each;
  status_.state = missing_.empty() ? "ok" : "limited";
  if (!missing_.empty()) status_.remedy = "missing: " + status_.remedy;
  status_.read_until = pull_.to;
  status_.last_pull = pull_;
  ++status_.pulls;
  status_.pages += pull_.pages;
  status_.records += pull_.fetched;
  status_.fresh += pull_.fresh;
}

void IdentitiesFeed::fail(const Trouble& trouble) {
  ++failures_;
  const bool passes = trouble.passes();
  const Duration wait = trouble.wait.value_or(passes ? back_off(failures_, rooms_.random)
                                                     : slow_back_off(failures_, rooms_.random));
  if (trouble.kind == TroubleKind::throttled) rooms_.client.pause(wait);
  due_ = rooms_.clock.monotonic() + wait;
  if (failures_ % tries_max == 0 || !passes) jobs_.clear();
  const std::lock_guard lock(mutex_);
  was_tried_ |= !passes || failures_ >= tries_max;
  ++status_.failures;
  if (status_.trouble.empty()) status_.trouble_since = rooms_.clock.now();
  status_.trouble = trouble.words;
  status_.remedy = trouble.remedy;
  if (trouble.kind == TroubleKind::forbidden) status_.remedy = permissions;
  status_.state = passes ? "waiting" : "refused";
}

bool IdentitiesFeed::has_pulled() const {
  const std::lock_guard lock(mutex_);
  return status_.pulls > 0 || was_tried_;
}

FeedStatus IdentitiesFeed::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace vedette::collect::cloud
