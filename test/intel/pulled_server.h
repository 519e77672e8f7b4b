// Owns: a simulated server that feeds pull from through the real lane: its clock, faults, kills,
// and what was committed. Must not know: which server, which feeds.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "collect/cloud/lane.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/memory_journal.h"
#include "intel/indicator_document.h"
#include "model/indicator_record.h"
#include "simulate/seeded_random.h"
#include "simulate/tenant/fault.h"
#include "simulate/tenant/message.h"

namespace vedette {

class PulledServer : public testing::Test {
 protected:
  // What it is called, what goes before its key in a request, and whose settings are to be mended.
  struct Names {
    const char* title = "";
    const char* key_prefix = "";
    const char* section = "";
  };
  using Answer =
      std::function<simulate::tenant::TenantReply(const simulate::tenant::TenantRequest&)>;

  PulledServer(Names names, std::string address, std::string key)
      : names_(names), address_(std::move(address)) {
    tokens.key = std::move(key);
  }

  virtual void add_feeds() = 0;

  static std::vector<simulate::tenant::FaultOrder> orders_of(
      const std::vector<std::string>& faults) {
    std::vector<simulate::tenant::FaultOrder> orders;
    for (const auto& fault : faults) orders.push_back(*simulate::tenant::parse_fault_order(fault));
    return orders;
  }

  void serve_with(Answer answer) {
    service.set_responder([this, answer = std::move(answer)](const ports::HttpRequest& request) {
      const std::string url(request.url.reveal());
      if (!url.starts_with(address_)) return fakes::FakeHttpService::reply(404);
      simulate::tenant::TenantRequest asked{
          request.method, url.substr(address_.size()), {}, request.body, address_};
      for (const auto& [name, value] : request.headers)
        asked.headers.emplace_back(base::to_lower_ascii(name), value);
      const auto reply = answer(asked);
      if (reply.wire) return fakes::FakeHttpService::cut_off();
      ++requests;
      return fakes::FakeHttpService::reply(reply.status, reply.body, reply.headers);
    });
    restart();
  }

  // As after a kill: only what is in the journal is left.
  void restart() {
    lane.reset();
    client = std::make_unique<collect::cloud::ServiceClient>(
        collect::cloud::ServiceSettings{names_.title,
                                        address_,
                                        "",
                                        {50, base::Duration::seconds(1)},
                                        names_.key_prefix,
                                        names_.section},
        http, tokens, clock);
    lane = std::make_unique<collect::cloud::Lane>(*client, clock);
    add_feeds();
  }

  void run(base::Duration span, std::uint64_t kill_one_in = 0) {
    const base::Timestamp until = clock.now() + span;
    while (clock.now() < until) {
      const base::Duration wait = lane->turn({});
      if (wait > base::Duration{}) clock.advance(wait);
      if (kill_one_in > 0 && dice.next() % kill_one_in == 0) restart();
    }
  }

  // Of all that was committed, in its order.
  void each_indicator(const intel::TakeIndicator& take) const {
    for (const auto& payload : payloads) {
      const auto read = model::read_indicator_payload(payload);
      EXPECT_TRUE(read);
      if (!read) continue;
      intel::read_document(*intel::document_format_named(read->record.form), read->document,
                           {read->record.source, read->record.confidence}, take);
    }
  }

  [[nodiscard]] collect::cloud::FeedStatus status() const { return lane->status().front(); }
  [[nodiscard]] collect::cloud::FeedRooms rooms() {
    return {*client, clock, random, commit, cursor_of};
  }

 private:
  const Names names_;
  const std::string address_;

 protected:
  fakes::FakeClock clock{*base::parse_iso("2026-06-01T12:00:00Z")};
  fakes::FakeRandom random{7};
  simulate::SeededRandom dice{3};
  fakes::FakeHttpService service;
  fakes::FakeHttpClient http{service};
  fakes::MemoryJournal journal;
  std::vector<std::string> payloads;
  std::uint64_t requests = 0;  // that were answered

  class Key : public ports::AccessTokens {
   public:
    base::Result<base::Secret> token(std::string_view /*scope*/,
                                     const std::stop_token& /*stop*/) override {
      return base::Secret(key);
    }
    void forget(std::string_view /*scope*/) override {}
    std::string key;
  } tokens;
  const collect::cloud::CommitRecord commit = [this](const ports::RawRecord& record,
                                                     const std::stop_token&) {
    EXPECT_TRUE(journal.append(std::span(&record, 1)));
    EXPECT_EQ(record.format, model::indicator_format);
    payloads.push_back(record.payload);
    return true;
  };
  const collect::cloud::CursorOf cursor_of = [this](const std::string& name) {
    return journal.cursor(name);
  };
  std::unique_ptr<collect::cloud::ServiceClient> client;
  std::unique_ptr<collect::cloud::Lane> lane;
};

}  // namespace vedette
