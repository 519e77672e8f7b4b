#include "simulate/tenant/timeline.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "simulate/seeded_random.h"
#include "simulate/tenant/apps.h"

namespace vedette::simulate::tenant {
namespace {

template <class Record>
Slice<Record> sorted(std::vector<Record> records, std::int64_t day, base::Timestamp begin) {
  const base::Timestamp from = std::max(begin, start_of_day(day)), to = start_of_day(day + 1);
  std::erase_if(records,
                [&](const Record& record) { return record.time < from || record.time >= to; });
  std::ranges::sort(records, {},
                    [](const Record& record) { return std::tuple(record.time.ticks, record.key); });
  return std::make_shared<const std::vector<Record>>(std::move(records));
}

struct Share {
  ChangeKind kind;
  std::uint8_t weight;
  bool by_self;  // else by an administrator
};
constexpr auto change_shares = std::to_array<Share>({
    {ChangeKind::update_user, 34, false},
    {ChangeKind::reset_own_password, 14, true},
    {ChangeKind::register_security_info, 10, true},
    {ChangeKind::add_user, 4, false},
    {ChangeKind::add_member_to_group, 24, false},
    {ChangeKind::register_device, 14, true},
});

const Share& pick_share(SeededRandom& random) {
  std::uint64_t left = random.below(100);
  for (const Share& share : change_shares) {
    if (left < share.weight) return share;
    left -= share.weight;
  }
  return change_shares.front();
}

Operation as_operation(const SignIn& sign_in) {
  Operation made;
  made.time = sign_in.time;
  made.key = base::hash_words(sign_in.key, 0x6c6f67);
  made.address = sign_in.address;
  made.person = sign_in.actor;
  made.campaign = sign_in.campaign;
  made.kind = sign_in.outcome == Outcome::success ? OperationKind::user_logged_in
                                                  : OperationKind::user_login_failed;
  made.app = sign_in.app;
  return made;
}

}  // namespace

Timeline::Timeline(const TenantOptions& options)
    : options_(options),
      begin_(options.start - base::Duration::hours(24LL * options.days)),
      directory_(options),
      habits_(options_, directory_),
      attacks_(options_, directory_, habits_) {}

Slice<SignIn> Timeline::sign_ins(std::int64_t day) {
  return sign_ins_.get(day, [this](std::int64_t wanted) { return make_sign_ins(wanted); });
}
Slice<Change> Timeline::changes(std::int64_t day) {
  return changes_.get(day, [this](std::int64_t wanted) { return make_changes(wanted); });
}
Slice<Operation> Timeline::operations(std::int64_t day) {
  return operations_.get(day, [this](std::int64_t wanted) { return make_operations(wanted); });
}

Slice<SignIn> Timeline::make_sign_ins(std::int64_t day) const {
  std::vector<SignIn> records;
  // A UTC day holds parts of three days of people's own calendars.
  for (std::uint32_t person = 0; person < directory_.people().size(); ++person)
    for (std::int64_t local_day = day - 1; local_day <= day + 1; ++local_day)
      habits_.append_day(person, local_day, records);
  for (std::uint32_t workload = 0; workload < directory_.workloads().size(); ++workload)
    habits_.append_workload_day(workload, day, records);
  for (const auto& cycle : attacks_.reaching(start_of_day(day), start_of_day(day + 1)))
    for (const Campaign& campaign : *cycle)
      records.insert(records.end(), campaign.sign_ins.begin(), campaign.sign_ins.end());
  return sorted(std::move(records), day, begin_);
}

Slice<Change> Timeline::make_changes(std::int64_t day) const {
  std::vector<Change> records;
  const std::uint64_t seed = base::hash_words(base::hash_words(options_.seed, 0x6368616e),
                                              static_cast<std::uint64_t>(day));
  SeededRandom random(seed);
  const bool quiet = weekday_of(day) >= 5;
  const std::uint64_t count = directory_.people().size() / (quiet ? 80 : 12) + random.below(4);
  const auto& administrators = directory_.administrators();
  const auto& workers = directory_.workers();
  for (std::uint64_t i = 0; i < count; ++i) {
    const Share& share = pick_share(random);
    Change made;
    made.time = start_of_day(day) +
                base::Duration{random.between(5 * 3'600, 20 * 3'600) * base::ticks_per_second +
                               random.between(0, 9'999'999)};
    made.key = base::hash_words(seed, i + 1);
    made.kind = share.kind;
    made.target = workers[random.index(workers.size())];
    made.initiator =
        share.by_self ? made.target : administrators[random.index(administrators.size())];
    made.subject = static_cast<std::uint16_t>(random.index(directory_.groups().size()));
    const CityIndex city = directory_.person(made.initiator).city;
    made.address = address_in(network_at(NetworkKind::home, city), made.initiator * 64ULL + city);
    records.push_back(made);
  }
  for (const auto& cycle : attacks_.reaching(start_of_day(day), start_of_day(day + 1)))
    for (const Campaign& campaign : *cycle)
      records.insert(records.end(), campaign.changes.begin(), campaign.changes.end());
  return sorted(std::move(records), day, begin_);
}

Slice<Operation> Timeline::make_operations(std::int64_t day) {
  std::vector<Operation> records;
  const Slice<SignIn> signed_in = sign_ins(day);
  for (const SignIn& sign_in : *signed_in) {
    if (sign_in.kind == SignInKind::interactive) records.push_back(as_operation(sign_in));
    // Some token refreshes are followed by work on files and mail.
    const std::uint64_t chance = base::hash_words(sign_in.key, 0x776f726b);
    if (sign_in.kind != SignInKind::non_interactive || sign_in.stolen || chance % 100 >= 30)
      continue;
    Operation work = as_operation(sign_in);
    work.key = chance;
    work.time = std::min(
        work.time + base::Duration::seconds(5 + static_cast<std::int64_t>(chance / 128 % 300)),
        start_of_day(day + 1) - base::Duration{1});
    constexpr std::array<OperationKind, 8> kinds = {
        OperationKind::file_accessed,       OperationKind::file_accessed,
        OperationKind::file_accessed,       OperationKind::file_downloaded,
        OperationKind::mail_items_accessed, OperationKind::mail_sent,
        OperationKind::mail_items_accessed, OperationKind::sharing_set};
    work.kind = kinds[chance / 1'024 % kinds.size()];
    records.push_back(work);
  }
  for (const auto& cycle : attacks_.reaching(start_of_day(day), start_of_day(day + 1)))
    for (const Campaign& campaign : *cycle)
      records.insert(records.end(), campaign.operations.begin(), campaign.operations.end());
  return sorted(std::move(records), day, begin_);
}

}  // namespace vedette::simulate::tenant
