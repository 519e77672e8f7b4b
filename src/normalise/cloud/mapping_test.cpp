#include "normalise/cloud/mapping.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kql/catalogue/schema_catalogue.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/sign_in_errors.h"

namespace vedette::normalise::cloud {
namespace {

const kql::Catalogue& catalogue() {
  static const kql::SchemaCatalogue instance(kql::built_in_schema());
  return instance;
}

std::string trouble_of(std::string_view text) {
  const auto read = read_mappings(text, catalogue());
  return read ? "" : read.error().message;
}

TEST(Mapping, BuiltInOnesAreWhole) {
  const auto mappings = read_mappings(built_in_mappings(), catalogue());
  ASSERT_TRUE(mappings) << mappings.error().message;
  std::string told;
  for (const Mapping& mapping : mappings->all)
    for (const MappedTable& table : mapping.tables)
      told += fmt::format("{} -> {} ({})\n", mapping.format, table.name, table.columns.size());
  EXPECT_EQ(told,
            "graph-sign-ins -> AADServicePrincipalSignInLogs (41)\n"
            "graph-sign-ins -> AADManagedIdentitySignInLogs (41)\n"
            "graph-sign-ins -> AADNonInteractiveUserSignInLogs (79)\n"
            "graph-sign-ins -> SigninLogs (86)\n"
            "graph-directory-audits -> AuditLogs (24)\n"
            "graph-risk-detections -> AADUserRiskEvents (22)\n"
            "graph-risky-users -> AADRiskyUsers (11)\n"
            "graph-identities -> IdentityInfo (36)\n"
            "graph-named-locations -> VedetteNamedLocations (6)\n"
            "management-activity -> OfficeActivity (136)\n"
            "management-activity -> VedetteOtherActivity (11)\n"
            "sentinel-incidents -> SecurityIncident (24)\n"
            "sentinel-incident-details -> SecurityAlert (25)\n"
            "sentinel-incident-details -> VedetteIncidentDetails (4)\n"
            "sentinel-incident-details -> SecurityIncident (25)\n");
}

TEST(Mapping, WhatBreaksTheFormIsRefusedWithItsLine) {
  EXPECT_EQ(trouble_of("\n# only a comment\n"), "");
  EXPECT_EQ(trouble_of("table Syslog\n"), "mappings, line 1: a table before any format");
  EXPECT_EQ(trouble_of("format f id=a\n"), "mappings, line 1: a format needs id= and time=");
  EXPECT_EQ(trouble_of("format f id=a time=b\ntable Nowhere\n"),
            "mappings, line 2: there is no table Nowhere");
  const std::string begin = "format f id=a time=b\ntable Syslog\n";
  EXPECT_EQ(trouble_of(begin + "Kolumn a"), "mappings, line 3: Syslog has no column Kolumn");
  EXPECT_EQ(trouble_of(begin + "Computer"), "mappings, line 3: Computer has no source");
  EXPECT_EQ(trouble_of(begin + "Computer a\nComputer b"),
            "mappings, line 4: Syslog.Computer stands there twice");
  EXPECT_EQ(trouble_of(begin + "Computer a :upper"), "mappings, line 3: upper is no transform");
  EXPECT_EQ(trouble_of(begin + "Computer a :names=n"), "mappings, line 3: there are no names n");
  EXPECT_EQ(trouble_of(begin + "Computer a..b"), "mappings, line 3: a..b is no source");
  EXPECT_EQ(trouble_of(begin + "Computer @elsewhere"), "mappings, line 3: @elsewhere is no source");
  EXPECT_EQ(trouble_of(begin + "Computer a :before"), "mappings, line 3: before needs an argument");
}

TEST(SignInErrors, BuiltInOnesAreWhole) {
  const auto errors = SignInErrors::read(built_in_sign_in_errors());
  ASSERT_TRUE(errors) << errors.error().message;
  using model::SignInResult;
  EXPECT_EQ(errors->result_of(0), SignInResult::success);
  EXPECT_EQ(errors->result_of(50126), SignInResult::credential_failure);
  EXPECT_EQ(errors->result_of(50053), SignInResult::credential_failure);
  EXPECT_EQ(errors->result_of(50055), SignInResult::interrupted);
  EXPECT_EQ(errors->result_of(50074), SignInResult::interrupted);
  EXPECT_EQ(errors->result_of(500121), SignInResult::mfa_denied);
  EXPECT_EQ(errors->result_of(53003), SignInResult::blocked);
  EXPECT_EQ(errors->result_of(1), SignInResult::other_failure);
  EXPECT_EQ(errors->name_of(50126), "InvalidUserNameOrPassword");
  EXPECT_EQ(errors->details_of(50126), "No such user or password");
  EXPECT_EQ(errors->details_of(1), "Other");
  EXPECT_EQ(errors->details_of(0), "");
  EXPECT_FALSE(SignInErrors::read("credential x y z\n"));
  EXPECT_FALSE(SignInErrors::read("worse 1 y z\n"));
  EXPECT_FALSE(SignInErrors::read("blocked 1 y z\nblocked 1 y z\n"));
}

}  // namespace
}  // namespace vedette::normalise::cloud
