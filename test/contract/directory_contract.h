// What every body of ports::Directory must do. A World has `ports::Directory& directory()`, `id`
// and `name` (UPN) of "member", "admin" (holds a role), "eligible", "guest", "shared" and "app" (a
// service principal, with `application_id`), `people()` and `now()`.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "ports/directory.h"

namespace vedette::contract {

template <typename World>
class DirectoryContract : public testing::Test {
 protected:
  ports::Directory& directory() { return world_.directory(); }
  ports::FoundAccounts by_id(const std::string& who) {
    return *directory().find({world_.id(who), "", ""}, {});
  }
  ports::FoundAccounts by_name(const std::string& name) {
    return *directory().find({"", name, ""}, {});
  }
  bool is_enabled() { return by_id("member").account->is_enabled; }
  World world_;
};
TYPED_TEST_SUITE_P(DirectoryContract);

TYPED_TEST_P(DirectoryContract, AnAccountIsFoundByIdByUpnAndByMail) {
  const auto found = this->by_id("member");
  ASSERT_TRUE(found.account);
  EXPECT_EQ(found.account->object_id, this->world_.id("member"));
  EXPECT_TRUE(
      base::equals_ignoring_case(found.account->principal_name, this->world_.name("member")));
  EXPECT_EQ(found.account->kind, ports::AccountKind::member);
  EXPECT_TRUE(found.account->is_enabled);
  std::string loud = this->world_.name("member");
  std::ranges::transform(loud, loud.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  EXPECT_EQ(this->by_name(loud).account, found.account);
  const auto by_mail = *this->directory().find({"", "", this->world_.name("member")}, {});
  EXPECT_EQ(by_mail.account, found.account);
  // The id counts, whatever else is said.
  EXPECT_EQ(this->directory()
                .find({this->world_.id("member"), this->world_.name("admin"), ""}, {})
                ->account,
            found.account);
}

TYPED_TEST_P(DirectoryContract, NamesThatOnlyLookTheSameAreNobodys) {
  const std::string name = this->world_.name("member");
  for (const std::string& other :
       {name + " ", " " + name, "\xE2\x80\xAE" + name, name + "\xE2\x80\x8B",
        "\xD0\xB0" + name.substr(1), std::string("' or '1' eq '1"), std::string("%"),
        std::string("*"), name.substr(0, name.size() - 1)}) {
    EXPECT_EQ(this->by_name(other).count, 0U) << other;
    EXPECT_FALSE(this->by_name(other).account);
  }
  EXPECT_EQ(this->directory().find({}, {})->count, 0U);
  // A name is no id.
  EXPECT_EQ(this->directory().find({name, "", ""}, {})->count, 0U);
  EXPECT_EQ(this->directory().find({"00000000-0000-0000-0000-000000000000", "", ""}, {})->count,
            0U);
}

TYPED_TEST_P(DirectoryContract, KindsAreToldApart) {
  EXPECT_EQ(this->by_id("guest").account->kind, ports::AccountKind::guest);
  EXPECT_EQ(this->by_id("shared").account->kind, ports::AccountKind::shared_mailbox);
  const auto app = this->by_id("app");
  ASSERT_TRUE(app.account);
  EXPECT_EQ(app.account->kind, ports::AccountKind::service_principal);
  EXPECT_EQ(app.account->application_id, this->world_.application_id());
}

TYPED_TEST_P(DirectoryContract, RolesAreReadWithThoseThatMayBeActivated) {
  const auto roles = [&](const std::string& who) {
    return *this->directory().roles(this->world_.id(who), {});
  };
  EXPECT_TRUE(roles("member").empty());
  ASSERT_FALSE(roles("admin").empty());
  EXPECT_EQ(roles("admin").front(), (ports::HeldRole{"Global Administrator", false}));
  ASSERT_EQ(roles("eligible").size(), 1U);
  EXPECT_TRUE(roles("eligible").front().is_eligible);
  EXPECT_EQ(*this->directory().count_users({}), this->world_.people());
}

TYPED_TEST_P(DirectoryContract, AChangeSetsAState) {
  const std::string id = this->world_.id("member");
  for (const bool enabled : {false, false, true, true}) {
    ASSERT_TRUE(this->directory().set_enabled(id, enabled, {}));
    EXPECT_EQ(this->is_enabled(), enabled);
  }
  ASSERT_TRUE(this->directory().revoke_sessions(id, {}));
  EXPECT_GE(this->by_id("member").account->sessions_from,
            this->world_.now() - base::Duration::seconds(1));
  EXPECT_TRUE(this->directory().confirm_compromised(id, {}));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(this->directory().reset_second_factors(id, {}));
  const auto nobody =
      this->directory().set_enabled("00000000-0000-0000-0000-000000000000", false, {});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, base::ErrorCode::not_found);
}

REGISTER_TYPED_TEST_SUITE_P(DirectoryContract, AnAccountIsFoundByIdByUpnAndByMail,
                            NamesThatOnlyLookTheSameAreNobodys, KindsAreToldApart,
                            RolesAreReadWithThoseThatMayBeActivated, AChangeSetsAState);

}  // namespace vedette::contract
