// Owns: who is in the tenant: users with the roles that they hold or may take (PIM), their groups
// (also through other groups) and the time zones of their mailboxes, and the places that the tenant
// has named; asked for every hour (time zones once a day), handed over when they changed and once a
// day all. Promises: a user's roles include those of the user's groups; where a part is refused (no
// P2, no permission) the rest is read and the status says what is missing; the cursor moves with
// the last page. Must not know: what becomes of it. One thread but for `status`.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "collect/cloud/feed.h"
#include "collect/cloud/feed_report.h"
#include "collect/cloud/handed_over.h"
#include "collect/cloud/listing.h"
#include "collect/cloud/window_feed.h"

namespace vedette::collect::cloud {

class IdentitiesFeed : public Feed {
 public:
  IdentitiesFeed(std::string source, FeedRooms rooms);

  [[nodiscard]] base::Duration due() const override { return due_; }
  void live_turn(const std::stop_token& stop) override;
  [[nodiscard]] std::optional<base::Duration> back_fill_due() const override { return {}; }
  void back_fill_turn(const std::stop_token&) override {}
  [[nodiscard]] bool has_pulled() const override { return report_.has_pulled(); }
  [[nodiscard]] FeedStatus status() const override { return report_.status(); }

 private:
  enum class Step : std::uint8_t {
    role_names,
    assignments,
    eligible,
    groups,
    members,
    locations,
    mailboxes,  // who has one
    zone,       // of one mailbox
    users
  };
  using Names = std::map<std::string, std::string, std::less<>>;  // by id
  struct Job {
    Step step = Step::role_names;
    std::string url;
    std::string of;  // whose members, whose mailbox
  };
  struct Role {
    std::string id, name;
    bool is_eligible = false;
    auto operator<=>(const Role&) const = default;
  };
  struct Membership {
    std::set<Role> roles;
    std::set<std::string> groups;  // their ids
  };

  void begin();
  [[nodiscard]] std::string url_of(std::string_view path) const;
  [[nodiscard]] Answered<void> run(Job& job, const std::stop_token& stop);
  // False: a stop was asked for.
  [[nodiscard]] bool take(const Job& job, const ListedPage& page, const std::stop_token& stop);
  void finish_job();
  void take_roles(const ListedPage& page, bool is_eligible);
  static void take_names(const ListedPage& page, Names& names);
  void take_groups(const ListedPage& page);
  void take_members(const ListedPage& page, const std::string& group);
  [[nodiscard]] bool take_locations(const ListedPage& page, const std::stop_token& stop);
  void take_mailboxes(const ListedPage& page);
  void take_zone(const Job& job, std::string_view body);
  [[nodiscard]] bool hand_over(std::string_view format, const std::vector<std::string>& records,
                               bool is_last, const std::stop_token& stop);
  [[nodiscard]] bool take_users(const ListedPage& page, const std::stop_token& stop);
  [[nodiscard]] std::string wrap(std::string_view user) const;
  void add_job(Step step, std::string_view path, std::string of = {});
  void next_jobs(const Job& done);
  void finish();
  void fail(const Trouble& trouble);
  [[nodiscard]] bool can_do_without(const Job& job, const Trouble& trouble);

  const std::string source_;
  const FeedRooms rooms_;
  HandedOver handed_over_;
  base::Duration due_;
  base::Duration full_due_;
  bool is_full_ = true;
  int failures_ = 0;
  std::deque<Job> jobs_;
  std::map<std::string, Membership, std::less<>> memberships_;  // by a principal's id
  Names group_names_, role_names_;
  std::set<std::string, std::less<>> role_groups_;  // groups that roles can be given to
  std::vector<std::string> locations_;              // of this pull
  std::uint64_t locations_key_ = 0;                 // of those that were handed over
  Names mailboxes_;                                 // what is known of each user's, as JSON
  std::size_t held_ = 0;                            // memberships, against their bound
  std::set<std::string> missing_;
  PullStatus pull_;

  FeedReport report_;
};

}  // namespace vedette::collect::cloud
