#include "enrich/asn_table.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/hash.h"
#include "enrich/asn_table_format.h"

namespace vedette::enrich {
namespace {

AsnRange range(const char* first, const char* last, std::uint32_t number,
               const char* organisation) {
  return {*base::parse_ip(first), *base::parse_ip(last), number, organisation};
}

std::string small_table() {
  AsnTableReport report;
  return *write_asn_table(
      {range("2001:4860::", "2001:4860:ffff:ffff:ffff:ffff:ffff:ffff", 15169, "Google LLC"),
       range("9.0.0.0", "9.0.0.255", 1, "First"),
       range("8.8.8.0", "8.8.8.255", 15169, "Google LLC"), range("9.0.1.0", "9.0.1.0", 2, "Größe")},
      report);
}

std::uint32_t number_of(const AsnTable& table, const char* address) {
  const auto found = table.find(*base::parse_ip(address));
  return found ? found->number : 0;
}

TEST(AsnTable, FindsRangesByBothEnds) {
  const std::string bytes = small_table();
  const auto table = AsnTable::over(bytes);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->range_count(), 4U);
  EXPECT_EQ(number_of(*table, "8.8.8.0"), 15169U);
  EXPECT_EQ(number_of(*table, "8.8.8.255"), 15169U);
  EXPECT_EQ(number_of(*table, "8.8.7.255"), 0U);
  EXPECT_EQ(number_of(*table, "8.8.9.0"), 0U);
  EXPECT_EQ(number_of(*table, "9.0.1.0"), 2U);
  EXPECT_EQ(number_of(*table, "9.0.1.1"), 0U);
  EXPECT_EQ(number_of(*table, "255.255.255.255"), 0U);
  EXPECT_EQ(number_of(*table, "2001:4860:4860::8888"), 15169U);
  EXPECT_EQ(number_of(*table, "2001:4861::"), 0U);
  EXPECT_EQ(number_of(*table, "::1"), 0U);
  EXPECT_EQ(table->find(*base::parse_ip("9.0.1.0"))->organisation, "Größe");
}

TEST(AsnTable, KeepsAnEmptyTable) {
  AsnTableReport report;
  const std::string bytes = *write_asn_table({}, report);
  const auto table = AsnTable::over(bytes);
  ASSERT_TRUE(table);
  EXPECT_EQ(number_of(*table, "8.8.8.8"), 0U);
  EXPECT_EQ(number_of(*table, "2001:db9::"), 0U);
}

TEST(AsnTable, CutsOverlapsAndLeavesOutReservedNumbers) {
  AsnTableReport report;
  const std::string bytes = *write_asn_table(
      {range("1.0.0.0", "1.0.2.255", 10, "a"), range("1.0.1.0", "1.0.1.255", 11, "inside: gone"),
       range("1.0.2.0", "1.0.3.255", 12, "its tail stays"),
       range("2.0.0.0", "2.0.0.255", 64512, "private use"),
       range("3.0.0.0", "3.0.0.255", 4294967294U, "last")},
      report);
  const auto table = AsnTable::over(bytes);
  ASSERT_TRUE(table);
  EXPECT_EQ(number_of(*table, "1.0.1.5"), 10U);
  EXPECT_EQ(number_of(*table, "1.0.2.255"), 10U);
  EXPECT_EQ(number_of(*table, "1.0.3.0"), 12U);
  EXPECT_EQ(number_of(*table, "2.0.0.1"), 0U);
  EXPECT_EQ(number_of(*table, "3.0.0.1"), 0U);
  EXPECT_EQ(report.ranges, 2U);
  EXPECT_EQ(report.overlaps, 2U);
  EXPECT_EQ(report.reserved_numbers, 2U);
}

TEST(AsnTable, RefusesToWriteNonsense) {
  AsnTableReport report;
  EXPECT_FALSE(write_asn_table({range("1.0.0.1", "1.0.0.0", 10, "backwards")}, report));
  EXPECT_FALSE(write_asn_table({range("255.0.0.0", "2001::", 10, "two families")}, report));
}

TEST(AsnTable, ReservedNumbers) {
  for (const std::uint32_t number : {0U, 23456U, 64496U, 65535U, 65551U, 4200000000U, 4294967295U})
    EXPECT_TRUE(is_reserved_asn(number)) << number;
  for (const std::uint32_t number : {1U, 64495U, 65552U, 401308U})
    EXPECT_FALSE(is_reserved_asn(number)) << number;
}

TEST(AsnTable, RefusesEveryCutAndEveryChangedByte) {
  const std::string bytes = small_table();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(AsnTable::over(std::string_view(bytes).substr(0, length))) << length;
  EXPECT_FALSE(AsnTable::over(bytes + '\0'));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at >= 28 && at < 32) continue;  // unused, and so are the bytes below
    if (at >= 40 && at < asn_format::header_bytes) continue;
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(AsnTable::over(changed)) << at;
  }
}

// A table whose checksum is right but whose indices are not: unknown, not a crash.
TEST(AsnTable, DoesNotFollowWildIndices) {
  const std::string good = small_table();
  for (std::size_t at = asn_format::header_bytes; at + 4 <= good.size(); at += 4) {
    std::string wild = good;
    wild.replace(at, 4, "\xff\xff\xff\xff");
    const std::uint64_t checksum = base::hash_bytes(
        std::string_view(wild).substr(asn_format::header_bytes), asn_format::version);
    std::memcpy(wild.data() + 32, &checksum, sizeof checksum);
    const auto table = AsnTable::over(wild);
    ASSERT_TRUE(table) << at;
    for (const char* address :
         {"8.8.8.8", "9.0.0.9", "9.0.1.0", "2001:4860::1", "255.255.255.255"}) {
      const auto found = table->find(*base::parse_ip(address));
      EXPECT_LT(found ? found->organisation.size() : 0, 64U) << at;
    }
  }
}

TEST(AsnTable, OpensFilesAndSaysWhatIsWrong) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "asn_table_test.table";
  std::ofstream(file, std::ios::binary) << small_table();
  auto table = AsnTable::open(file);
  ASSERT_TRUE(table) << table.error().message;
  AsnTable moved = std::move(*table);
  EXPECT_EQ(number_of(moved, "8.8.8.8"), 15169U);
  std::ofstream(file, std::ios::binary) << "VDTASN\r\n and then nothing";
  const auto damaged = AsnTable::open(file);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, base::ErrorCode::malformed);
  EXPECT_NE(damaged.error().message.find(file.string()), std::string::npos);
  std::filesystem::remove(file);
  EXPECT_EQ(AsnTable::open(file).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(AsnTable::open(testing::TempDir()).error().code, base::ErrorCode::malformed);
}

}  // namespace
}  // namespace vedette::enrich
