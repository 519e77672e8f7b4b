#include "model/tenant_directory.h"

#include <gtest/gtest.h>

#include "base/cloud_limits.h"

namespace vedette::model {
namespace {

Identity anna() {
  Identity identity;
  identity.id = "a-1";
  identity.name = "anna@contoso.com";
  identity.display_name = "Anna \"A\"\n";
  identity.user_type = "Member";
  identity.roles = {"Reports Reader"};
  identity.eligible_roles = {"Global Administrator"};
  identity.groups = {"Staff", "On-call"};
  identity.is_administrator = identity.is_protected = true;
  identity.zone = "Europe/Berlin";
  identity.country = "DE";
  identity.hours = {0b11111, 480, 1020};
  return identity;
}

TEST(TenantDirectory, IsAskedByIdAndByNameWhateverTheCase) {
  TenantDirectory directory;
  directory.put(anna());
  ASSERT_NE(directory.find("ANNA@contoso.com"), nullptr);
  EXPECT_EQ(directory.find("A-1"), directory.find("anna@contoso.com"));
  EXPECT_EQ(directory.find("bob@contoso.com"), nullptr);
  const std::uint64_t version = directory.version();
  directory.put(anna());
  EXPECT_EQ(directory.version(), version);
  Identity married = anna();
  married.name = "anna.new@contoso.com";
  directory.put(married);
  EXPECT_GT(directory.version(), version);
  EXPECT_EQ(directory.find("anna@contoso.com"), nullptr);
  EXPECT_NE(directory.find("anna.new@contoso.com"), nullptr);
}

TEST(TenantDirectory, ATrustedPlaceGoesBeforeAnotherAndWhatIsGoneIsForgotten) {
  TenantDirectory directory;
  NamedLocation wide{"1", "Internet", {*base::parse_network("0.0.0.0/0")}, {}, false};
  NamedLocation office{"2", "Offices", {*base::parse_network("192.0.2.0/24")}, {"DE"}, true};
  directory.set_locations("graph:contoso:identities", {wide, office});
  EXPECT_EQ(directory.location_of(*base::parse_ip("192.0.2.7"))->name, "Offices");
  EXPECT_EQ(directory.location_of(*base::parse_ip("198.51.100.1"))->name, "Internet");
  directory.set_locations("graph:contoso:identities", {office});
  EXPECT_EQ(directory.location_of(*base::parse_ip("198.51.100.1")), nullptr);
}

TEST(TenantDirectory, WhatIsWrittenIsReadBackWhole) {
  TenantDirectory directory;
  directory.put(anna());
  Identity bob;
  bob.id = "b-2";
  bob.is_enabled = false;
  directory.put(bob);
  directory.set_locations(
      "graph:contoso:identities",
      {{"2", "Offices", {*base::parse_network("2001:db8::/32")}, {"DE", "FR"}, true}});
  TenantDirectory again;
  for (const auto& text : directory.write()) EXPECT_TRUE(again.read(text)) << text;
  EXPECT_EQ(again.identities(), directory.identities());
  EXPECT_EQ(again.locations(), directory.locations());
  EXPECT_EQ(*again.find("anna@contoso.com"), anna());
  for (const char* text : {"", "[]", "{}", R"({"name":"x"})", "nonsense"})
    EXPECT_FALSE(again.read(text)) << text;
}

TEST(TenantDirectory, IsBounded) {
  TenantDirectory directory;
  Identity identity;
  for (std::size_t i = 0; i <= base::limits::tenant_identities_max; ++i) {
    identity.id = std::to_string(i);
    directory.put(identity);
  }
  EXPECT_EQ(directory.identities().size(), base::limits::tenant_identities_max);
  EXPECT_EQ(directory.left_out(), 1U);
}

}  // namespace
}  // namespace vedette::model
