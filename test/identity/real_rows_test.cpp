// Rows of a real tenant (SimuLand's, as Log Analytics gave them), in the shape in which Graph and
// the Management Activity API give the same records.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "detect/identity/identity_watch.h"
#include "model/cloud_answers.h"
#include "normalise/cloud/cloud_normaliser.h"

namespace vedette::test {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(VEDETTE_SOURCE_DIR).parent_path() / "shared/data/azure";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string field(const base::Json& row, std::string_view name) {
  const auto* text = row[name].as_string();
  return text == nullptr ? std::string() : *text;
}

std::string audits() {
  base::JsonWriter out;
  std::string records;
  for (const auto line : base::split(text_of(folder / "AADAuditEvents.json"), '\n')) {
    const auto row = base::parse_json(line);
    if (!row) continue;
    out = base::JsonWriter();
    out.begin_object().member("id", field(*row, "Id"));
    out.member("activityDateTime", field(*row, "ActivityDateTime"));
    out.member("activityDisplayName", field(*row, "ActivityDisplayName"));
    out.member("loggedByService", field(*row, "LoggedByService"));
    out.member("result", field(*row, "Result")).end_object();
    std::string record = out.take();
    record.pop_back();
    record += R"(,"initiatedBy":)" + field(*row, "InitiatedBy") + R"(,"targetResources":)" +
              field(*row, "TargetResources") + "}";
    records += (records.empty() ? "" : ",") + record;
  }
  return R"({"value":[)" + records + "]}";
}

std::string activities() {
  const auto row = base::parse_json(text_of(folder / "OfficeActivityEvents.json"));
  if (!row) return "[]";
  base::JsonWriter out;
  out.begin_array().begin_object().member("Id", field(*row, "OfficeId"));
  out.member("CreationTime", field(*row, "TimeGenerated"));
  for (const char* name : {"Operation", "UserId", "ResultStatus", "MailboxOwnerUPN", "ClientAppId",
                           "ClientInfoString"})
    out.member(name, field(*row, name));
  out.member("Workload", field(*row, "OfficeWorkload"));
  out.member("ClientIPAddress", field(*row, "Client_IPAddress")).end_object().end_array();
  return out.take();
}

TEST(RealRowsTest, ACredentialIsAddedAndMailIsRead) {
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "../shared/data/azure is not here: real rows are not tried";
  normalise::QuarantineRows quarantine;
  normalise::cloud::CloudNormaliser normaliser(quarantine);
  detect::identity::IdentityWatch watch({});
  std::vector<detect::ChangedAlert> changes;
  model::RawBatch batch;
  batch.source_name = "graph:00000000-0000-0000-0000-000000000001";
  batch.received = *base::parse_iso("2021-08-02T14:00:00Z");
  const auto give = [&](std::string_view format, const std::string& text) {
    batch.bytes = text;
    ++batch.journal_position;
    EXPECT_EQ(normaliser.read(batch, format, false).unreadable, 0U);
    watch.run(normaliser.new_sign_ins(), normaliser.changes(), batch.received, changes);
  };
  give(model::graph_directory_audits_format, audits());
  give(model::management_activity_format, activities());
  watch.finish(batch.received, changes);
  bool credential = false, mail = false;
  for (const auto& each : changes) {
    if (each.change != model::AlertChange::closed) continue;
    const bool is_told = each.alert.severity > model::Severity::informational;
    credential = credential || (is_told && each.alert.title ==
                                               "Update application – Certificates and secrets "
                                               "management: SimuLandApp");
    mail = mail || (is_told && each.alert.title == "MailItemsAccessed: pgustavo@simulandlabs.com");
  }
  EXPECT_TRUE(credential);
  EXPECT_TRUE(mail);
}

}  // namespace
}  // namespace vedette::test
