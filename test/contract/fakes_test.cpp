// The contracts of the ports, run on the fakes. The real bodies run them where they live
// (src/net/net_contract_test.cpp, src/enrich/).
#include <gtest/gtest.h>

#include <thread>

#include "contract/access_store_contract.h"
#include "contract/access_tokens_contract.h"
#include "contract/action_store_contract.h"
#include "contract/clock_contract.h"
#include "contract/directory_contract.h"
#include "contract/disk_space_contract.h"
#include "contract/event_store_contract.h"
#include "contract/external_data_contract.h"
#include "contract/geo_lookup_contract.h"
#include "contract/http_client_contract.h"
#include "contract/hunt_store_contract.h"
#include "contract/incident_store_contract.h"
#include "contract/journal_contract.h"
#include "contract/mailer_contract.h"
#include "contract/policy_store_contract.h"
#include "contract/push_ledger_contract.h"
#include "contract/random_contract.h"
#include "contract/resolver_contract.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_directory.h"
#include "fakes/fake_disk_space.h"
#include "fakes/fake_external_data.h"
#include "fakes/fake_geo_lookup.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_mailer.h"
#include "fakes/fake_random.h"
#include "fakes/fake_resolver.h"
#include "fakes/memory_access_store.h"
#include "fakes/memory_action_store.h"
#include "fakes/memory_event_store.h"
#include "fakes/memory_hunt_store.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_journal.h"
#include "fakes/memory_policy_store.h"
#include "fakes/memory_push_ledger.h"
#include "fakes/stepped_clock.h"

namespace vedette::contract {
namespace {

struct FakeClockWorld {
  ports::Clock& clock() { return clock_; }
  fakes::FakeClock clock_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(FakeClock, ClockContract, FakeClockWorld);

// Somebody has to move a stepped clock: a thread on which time runs on and on.
struct SteppedClockWorld {
  ports::Clock& clock() { return clock_; }
  fakes::SteppedClock clock_;
  std::jthread mover_{[this](const std::stop_token& stop) {
    while (!stop.stop_requested()) clock_.advance(base::Duration::milliseconds(1));
  }};
};
INSTANTIATE_TYPED_TEST_SUITE_P(SteppedClock, ClockContract, SteppedClockWorld);

struct MemoryHuntWorld {
  ports::HuntStore& store() { return store_; }
  void reopen() {}
  fakes::MemoryHuntStore store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, HuntStoreContract, MemoryHuntWorld);

struct MemoryAccessWorld {
  ports::AccessStore& store() { return store_; }
  fakes::MemoryAccessStore store_{&access_contract_hash};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AccessStoreContract, MemoryAccessWorld);

struct MemoryActionsWorld {
  ports::ActionStore& store() { return store_; }
  std::vector<std::string> audited() {
    std::vector<std::string> actions;
    for (const auto& entry : store_.audit()) actions.push_back(entry.action);
    return actions;
  }
  fakes::MemoryActionStore store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ActionStoreContract, MemoryActionsWorld);

struct FakeDirectoryWorld {
  FakeDirectoryWorld() {
    directory_.add("member-id", "member@example.org");
    directory_.add("admin-id", "admin@example.org").roles = {{"Global Administrator", false}};
    directory_.add("eligible-id", "eligible@example.org").roles = {{"User Administrator", true}};
    directory_.add("guest-id", "guest@example.org").account.kind = ports::AccountKind::guest;
    directory_.add("shared-id", "shared@example.org").account.kind =
        ports::AccountKind::shared_mailbox;
    auto& app = directory_.add("app-id", "").account;
    app.kind = ports::AccountKind::service_principal;
    app.application_id = "app-client-id";
  }
  ports::Directory& directory() { return directory_; }
  [[nodiscard]] std::string id(const std::string& who) const { return who + "-id"; }
  [[nodiscard]] std::string name(const std::string& who) const { return who + "@example.org"; }
  [[nodiscard]] std::string application_id() const { return "app-client-id"; }
  [[nodiscard]] std::uint64_t people() const { return 1'000; }
  [[nodiscard]] base::Timestamp now() const { return clock_.now(); }
  fakes::FakeClock clock_;
  fakes::FakeDirectory directory_{clock_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, DirectoryContract, FakeDirectoryWorld);

struct FakeRandomWorld {
  ports::Random& random() { return random_; }
  fakes::FakeRandom random_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, RandomContract, FakeRandomWorld);

struct FakeTokensWorld {
  ports::AccessTokens& tokens() { return tokens_; }
  void issue(std::string beginning) { service_.issue(std::move(beginning)); }
  void refuse() { service_.fail(base::ErrorCode::refused, "the client secret is wrong"); }
  void break_connection() { service_.fail(base::ErrorCode::unavailable, "connection refused"); }
  void expire() { service_.expire(); }
  [[nodiscard]] int asked() const { return service_.asked(); }
  fakes::FakeTokenService service_;
  fakes::FakeAccessTokens tokens_{service_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, AccessTokensContract, FakeTokensWorld);

struct FakeExternalWorld {
  FakeExternalWorld() {
    external_.allow("https://h/");
    external_.set(there(), "a,b\n");
  }
  ports::ExternalData& external() { return external_; }
  static std::string there() { return "https://h/rows.csv"; }
  static std::string nothing() { return "https://h/none"; }
  static std::string forbidden() { return "https://other/rows.csv"; }
  fakes::FakeExternalData external_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, ExternalDataContract, FakeExternalWorld);

struct FakeResolverWorld {
  ports::Resolver& resolver() { return resolver_; }
  static std::string unknown_name() { return "nobody.invalid"; }
  fakes::FakeResolver resolver_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, ResolverContract, FakeResolverWorld);

struct FakeGeoWorld {
  FakeGeoWorld() {
    model::Location place;
    place.country_code = "DE";
    place.has_coordinates = true;
    place.latitude = 50.1;
    place.longitude = 8.7;
    lookup_.set(*base::parse_ip("5.9.0.1"), place);
    place.country_code = "BR";
    lookup_.set(*base::parse_ip("2800:3f0::1"), place);
    lookup_.set(*base::parse_ip("10.1.2.3"),
                place);  // a special address stays nowhere all the same
  }
  const ports::GeoLookup& lookup() { return lookup_; }
  static std::vector<std::pair<base::IpAddress, std::string>> known() {
    return {{*base::parse_ip("5.9.0.1"), "DE"}, {*base::parse_ip("2800:3f0::1"), "BR"}};
  }
  fakes::FakeGeoLookup lookup_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, GeoLookupContract, FakeGeoWorld);

struct FakeDiskSpaceWorld {
  ports::DiskSpace& disk_space() { return disk_space_; }
  static std::string place() { return "/"; }
  fakes::FakeDiskSpace disk_space_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, DiskSpaceContract, FakeDiskSpaceWorld);

struct MemoryJournalWorld {
  ports::Journal& journal() { return journal_; }
  void fail_next_append() { journal_.fail_appends(1); }
  void damage(std::uint64_t position) { journal_.damage(position); }
  void restart() {}
  fakes::MemoryJournal journal_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, JournalContract, MemoryJournalWorld);

struct FakeHttpWorld {
  ports::HttpClient& client() { return client_; }
  static std::string url(const std::string& path) { return "http://service.example" + path; }
  void answer(int status, std::string body,
              std::vector<std::pair<std::string, std::string>> headers) {
    service_.answer(fakes::FakeHttpService::reply(status, std::move(body), std::move(headers)));
  }
  void break_connection() { service_.set_default(fakes::FakeHttpService::cut_off()); }
  [[nodiscard]] std::vector<SeenRequest> seen() const {
    std::vector<SeenRequest> all;
    for (const auto& request : service_.requests()) {
      const std::string url(request.url.reveal());
      SeenRequest seen{request.method, url.substr(url.find('/', 8)), request.headers, request.body};
      for (auto& [name, value] : seen.headers) name = base::to_lower_ascii(name);
      all.push_back(std::move(seen));
    }
    return all;
  }
  fakes::FakeHttpService service_;
  fakes::FakeHttpClient client_{service_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, HttpClientContract, FakeHttpWorld);

struct MemoryEventStoreWorld {
  MemoryEventStoreWorld() { store_.refuse_table("NoSuchTable"); }
  ports::EventStore& store() { return store_; }
  std::vector<std::string> values(const std::string& table, const std::string& column) {
    return store_.values(table, column);
  }
  fakes::MemoryEventStore store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryEventStore, EventStoreContract, MemoryEventStoreWorld);

struct MemoryIncidentWorld {
  ports::IncidentStore& store() { return store_; }
  void reopen() {}  // it has no process of its own
  fakes::MemoryIncidentStore store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, IncidentStoreContract, MemoryIncidentWorld);

struct MemoryPolicyWorld {
  ports::PolicyStore& store() { return store_; }
  ports::IncidentStore& incidents() { return incidents_; }
  void reopen() {}  // it has no process of its own
  fakes::MemoryIncidentStore incidents_;
  fakes::MemoryPolicyStore store_{incidents_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, PolicyStoreContract, MemoryPolicyWorld);

struct MemoryPushWorld {
  ports::PushLedger& ledger() { return ledger_; }
  void reopen() {}  // it has no process of its own
  fakes::MemoryPushLedger ledger_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, PushLedgerContract, MemoryPushWorld);

struct FakeMailWorld {
  ports::Mailer& mailer() { return mailer_; }
  void refuse(const std::string& verb, const ports::MailReply& reply) {
    server_.answer = [this, verb, reply](const ports::Mail& mail) {
      auto answer = fakes::MailServer::taken(mail);
      if (verb == "RCPT") {
        answer->recipients[0] = reply;
        return answer;
      }
      refused_ = true;
      const bool is_sender = verb == "MAIL";
      if (is_sender) answer->recipients.clear();
      answer->step = is_sender ? ports::MailStep::sender : ports::MailStep::content;
      answer->reply = reply;
      return answer;
    };
  }
  void break_connection() {
    server_.answer = [](const ports::Mail&) -> base::Result<ports::MailAnswer> {
      return base::failure(base::ErrorCode::not_found, "nobody listens");
    };
  }
  [[nodiscard]] std::vector<std::string> taken() const {
    std::vector<std::string> contents;
    if (refused_) return contents;
    for (const auto& mail : server_.mails) contents.push_back(mail.content);
    return contents;
  }
  bool refused_ = false;
  fakes::MailServer server_;
  fakes::FakeMailer mailer_{server_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, MailerContract, FakeMailWorld);

}  // namespace
}  // namespace vedette::contract
