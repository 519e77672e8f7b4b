// What every body of ports::AccessStore must do. A World has `ports::AccessStore& store()`, whose
// audit hash is `access_contract_hash`.
#pragma once

#include <gtest/gtest.h>

#include "ports/access_store.h"

namespace vedette::contract {

inline std::string access_contract_hash(std::string_view before, const model::AuditEntry& entry) {
  return std::string(before) + "/" + std::to_string(entry.number) + entry.action;
}

template <typename World>
class AccessStoreContract : public testing::Test {
 protected:
  ports::AccessStore& store() { return world_.store(); }
  static model::AuditEntry audit(const std::string& action) {
    model::AuditEntry entry;
    entry.at = base::Timestamp::from_unix_seconds(100);
    entry.actor = "anna";
    entry.action = action;
    entry.object = "obj\n\xF0\x9F\x94\x92";
    return entry;
  }
  static model::User user(const std::string& name) {
    model::User made;
    made.name = name;
    made.role = model::Role::responder;
    made.password_hash = "hash of " + name;
    made.created = base::Timestamp::from_unix_seconds(50);
    return made;
  }
  static model::Session session(const std::string& key, std::int64_t of, std::int64_t used_s) {
    return {key, of, base::Timestamp::from_unix_seconds(60),
            base::Timestamp::from_unix_seconds(used_s)};
  }
  std::vector<std::string> actions() {
    std::vector<std::string> all;
    const auto entries = *store().audit_after(0, 100);
    for (const auto& entry : entries) all.push_back(entry.action);
    return all;
  }
  World world_;
};
TYPED_TEST_SUITE_P(AccessStoreContract);

TYPED_TEST_P(AccessStoreContract, UsersAreKeptWholeAndNamesAreUnique) {
  auto& store = this->store();
  EXPECT_TRUE(store.users()->empty());
  model::User anna = this->user("anna");
  anna.id = *store.put_user(anna, this->audit("add"));
  EXPECT_GT(anna.id, 0);
  EXPECT_EQ(*store.find_user(anna.id), anna);
  EXPECT_EQ(*store.find_user_named("ANNA"), anna);
  EXPECT_FALSE(store.put_user(this->user("Anna"), this->audit("again")));
  anna.disabled = true;
  anna.role = model::Role::viewer;
  EXPECT_EQ(*store.put_user(anna, this->audit("change")), anna.id);
  EXPECT_EQ(*store.find_user(anna.id), anna);
  EXPECT_EQ(*store.find_user(99), std::nullopt);
  // What was refused is in no log.
  EXPECT_EQ(this->actions(), (std::vector<std::string>{"add", "change"}));
}

TYPED_TEST_P(AccessStoreContract, SessionsAndDevicesEndWithTheirUser) {
  auto& store = this->store();
  const auto anna = *store.put_user(this->user("anna"), this->audit("add"));
  const auto bert = *store.put_user(this->user("bert"), this->audit("add"));
  const model::Device device{"device", anna, base::Timestamp::from_unix_seconds(60)};
  const auto add = [&](const model::Session& session, std::optional<model::Device> known) {
    return store
        .add_session(session, known, base::Timestamp::from_unix_seconds(10), this->audit("log in"))
        .has_value();
  };
  EXPECT_TRUE(add(this->session("old", anna, 5), std::nullopt));
  EXPECT_TRUE(add(this->session("a", anna, 60), device));
  EXPECT_EQ(*store.find_session("old"), std::nullopt);
  EXPECT_TRUE(add(this->session("b", anna, 60), std::nullopt));
  EXPECT_TRUE(add(this->session("c", bert, 60), std::nullopt));
  EXPECT_EQ(*store.find_session("a"), this->session("a", anna, 60));
  EXPECT_EQ((*store.find_user(anna))->last_log_in, base::Timestamp::from_unix_seconds(60));
  EXPECT_TRUE(*store.knows_device("device", anna));
  EXPECT_FALSE(*store.knows_device("device", bert));
  EXPECT_TRUE(store.note_session_use("a", base::Timestamp::from_unix_seconds(70)));
  EXPECT_EQ(*store.find_session("a"), this->session("a", anna, 70));
  EXPECT_TRUE(store.end_sessions(anna, "b", this->audit("end")));
  EXPECT_EQ(*store.find_session("a"), std::nullopt);
  EXPECT_NE(*store.find_session("b"), std::nullopt);
  EXPECT_NE(*store.find_session("c"), std::nullopt);
  EXPECT_FALSE(*store.knows_device("device", anna));
  EXPECT_TRUE(store.end_session("c", this->audit("log out")));
  EXPECT_EQ(*store.find_session("c"), std::nullopt);
}

TYPED_TEST_P(AccessStoreContract, AStepIsTakenOnceAndNoneFromBefore) {
  auto& store = this->store();
  model::SecondFactor factor;
  factor.user = *store.put_user(this->user("anna"), this->audit("add"));
  factor.sealed_key = "sealed";
  factor.created = base::Timestamp::from_unix_seconds(50);
  EXPECT_EQ(*store.find_second_factor(factor.user), std::nullopt);
  EXPECT_FALSE(*store.take_step(factor.user, 7));
  EXPECT_TRUE(store.put_second_factor(factor, this->audit("begin")));
  EXPECT_EQ(*store.find_second_factor(factor.user), factor);
  factor.confirmed = true;
  factor.last_step = 7;
  factor.recovery_hashes = {"one", "two"};
  EXPECT_TRUE(store.put_second_factor(factor, this->audit("on")));
  EXPECT_EQ(*store.find_second_factor(factor.user), factor);
  EXPECT_FALSE(*store.take_step(factor.user, 6));
  EXPECT_FALSE(*store.take_step(factor.user, 7));
  EXPECT_TRUE(*store.take_step(factor.user, 8));
  EXPECT_FALSE(*store.take_step(factor.user, 8));
  EXPECT_FALSE(*store.take_step(99, 9));
  EXPECT_TRUE(store.remove_second_factor(factor.user, this->audit("off")));
  EXPECT_EQ(*store.find_second_factor(factor.user), std::nullopt);
  EXPECT_EQ(this->actions(), (std::vector<std::string>{"add", "begin", "on", "off"}));
}

TYPED_TEST_P(AccessStoreContract, AUserGoesWithEverythingOfHis) {
  auto& store = this->store();
  const auto anna = *store.put_user(this->user("anna"), this->audit("add"));
  const auto bert = *store.put_user(this->user("bert"), this->audit("add"));
  const model::Device device{"device", bert, base::Timestamp::from_unix_seconds(60)};
  const auto before = base::Timestamp::from_unix_seconds(10);
  EXPECT_TRUE(
      store.add_session(this->session("a", anna, 60), std::nullopt, before, this->audit("log in")));
  EXPECT_TRUE(
      store.add_session(this->session("b", bert, 60), device, before, this->audit("log in")));
  model::ApiToken token;
  token.name = token.key_hash = "t";
  token.user = bert;
  EXPECT_TRUE(store.add_token(token, this->audit("token")));
  model::SecondFactor factor;
  factor.user = bert;
  EXPECT_TRUE(store.put_second_factor(factor, this->audit("on")));
  EXPECT_TRUE(store.remove_user(bert, this->audit("remove")));
  EXPECT_EQ(*store.find_user(bert), std::nullopt);
  EXPECT_EQ(*store.find_session("b"), std::nullopt);
  EXPECT_FALSE(*store.knows_device("device", bert));
  EXPECT_TRUE(store.tokens()->empty());
  EXPECT_EQ(*store.find_second_factor(bert), std::nullopt);
  EXPECT_NE(*store.find_session("a"), std::nullopt);
  EXPECT_EQ(store.remove_user(bert, this->audit("again")).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(this->actions().back(), "remove");
  EXPECT_GT(*store.put_user(this->user("bert"), this->audit("add")), bert);  // no id comes again
}

TYPED_TEST_P(AccessStoreContract, TokensAreFoundByTheirHash) {
  auto& store = this->store();
  model::ApiToken token;
  token.name = "grafana";
  token.key_hash = "k";
  token.role = model::Role::analyst;
  token.user = 7;
  token.created = base::Timestamp::from_unix_seconds(1);
  token.expires = base::Timestamp::from_unix_seconds(2);
  token.scopes = {model::Scope::logs, model::Scope::incidents};
  token.id = *store.add_token(token, this->audit("add"));
  EXPECT_EQ(*store.find_token("k"), token);
  EXPECT_EQ(*store.find_token("other"), std::nullopt);
  token.last_used = base::Timestamp::from_unix_seconds(3);
  EXPECT_TRUE(store.note_token_use(token.id, token.last_used));
  token.revoked = true;
  EXPECT_TRUE(store.revoke_token(token.id, this->audit("revoke")));
  EXPECT_EQ(*store.tokens(), std::vector<model::ApiToken>{token});
  EXPECT_EQ(store.revoke_token(99, this->audit("no")).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(this->actions(), (std::vector<std::string>{"add", "revoke"}));
}

TYPED_TEST_P(AccessStoreContract, AuditEntriesAreNumberedAndChained) {
  auto& store = this->store();
  for (const char* action : {"one", "two", "three"})
    ASSERT_TRUE(store.add_audit(this->audit(action)));
  const auto all = *store.audit_after(0, 100);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].number, 3U);
  EXPECT_EQ(all[2].hash, "/1one/2two/3three");
  EXPECT_EQ(all[0].object, this->audit("").object);
  EXPECT_EQ(store.audit_after(1, 1)->front().action, "two");
  EXPECT_EQ(store.audit_before(0, 1)->front().action, "three");
  EXPECT_EQ(store.audit_before(3, 5)->size(), 2U);
}

REGISTER_TYPED_TEST_SUITE_P(AccessStoreContract, UsersAreKeptWholeAndNamesAreUnique,
                            SessionsAndDevicesEndWithTheirUser, AStepIsTakenOnceAndNoneFromBefore,
                            AUserGoesWithEverythingOfHis, TokensAreFoundByTheirHash,
                            AuditEntriesAreNumberedAndChained);

}  // namespace vedette::contract
