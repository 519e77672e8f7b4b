#include "store/duckdb/parquet_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "fakes/temporary_folder.h"
#include "kql/catalogue/schema_catalogue.h"
#include "store/duckdb/hunt.h"

namespace vedette::store::duckdb {
namespace {

// What a query gives, by way of a file.
std::vector<std::string> through_a_file(std::string_view query, const std::string& path) {
  auto engine = Engine::open({});
  auto sink = ParquetSink::create(path);
  EXPECT_TRUE(engine && sink);
  const auto done =
      hunt(**engine, query, kql::empty_catalogue(), kql::no_storage(), kql::Inputs(), **sink);
  EXPECT_TRUE(done) << done.error().message;
  const auto written = (*sink)->finish();
  std::vector<std::string> rows;
  if (!written) return {written.error().message};
  const auto read = read_parquet(path, [&](std::string_view json) -> base::Result<void> {
    rows.emplace_back(json);
    return {};
  });
  EXPECT_TRUE(read) << read.error().message;
  return rows;
}

TEST(ParquetFile, KeepsTypesAndHostileTexts) {
  const fakes::TemporaryFolder folder;
  const auto rows = through_a_file(
      "print a = 5, b = 1.5, c = true, d = datetime(2026-06-01 08:15:30.123456), e = 1h, f = "
      "'=cmd|\"x\\n', g = dynamic({\"k\":[1,null]}), h = long(null), i = '', j = int(7), "
      "['k\"; DROP'] = decimal(0.1)",
      folder.path() / "one.parquet");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0], R"({"a":5,"b":1.5,"c":true,"d":"2026-06-01 08:15:30.123456","e":"01:00:00",)"
                     R"("f":"=cmd|\"x\n","g":"{\"k\":[1,null]}","h":null,"i":"","j":7,)"
                     R"("k\"; DROP":0.100000000000000000})");
}

TEST(ParquetFile, HoldsManyRowsInTheirOrder) {
  const fakes::TemporaryFolder folder;
  const auto rows =
      through_a_file("range x from 1 to 300000 step 1", folder.path() / "many.parquet");
  ASSERT_EQ(rows.size(), 300'000U);
  EXPECT_EQ(rows.front(), R"({"x":1})");
  EXPECT_EQ(rows[123'456], R"({"x":123457})");
  EXPECT_EQ(rows.back(), R"({"x":300000})");
}

TEST(ParquetFile, ReadingEndsWhereItsCallerWantsIt) {
  const fakes::TemporaryFolder folder;
  const std::string path = folder.path() / "many.parquet";
  ASSERT_EQ(through_a_file("range x from 1 to 100000 step 1", path).size(), 100'000U);
  int seen = 0;
  const auto read = read_parquet(path, [&](std::string_view) -> base::Result<void> {
    if (++seen < 3) return {};
    return base::failure(base::ErrorCode::cancelled, "enough");
  });
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(read.error().message, "enough");
}

TEST(ParquetFile, SeveralTablesDoNotFitIntoOneAndLeaveNone) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "two.parquet";
  const auto said = through_a_file("print 1; print 2", path);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("several"), std::string::npos) << said[0];
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ParquetFile, BadFilesAreNamed) {
  const fakes::TemporaryFolder folder;
  const auto ignore = [](std::string_view) { return base::Result<void>(); };
  EXPECT_FALSE(read_parquet(folder.path() / "absent.parquet", ignore));
  std::ofstream(folder.path() / "text.parquet") << "this is no Parquet file, is it?";
  EXPECT_FALSE(read_parquet(folder.path() / "text.parquet", ignore));
  EXPECT_FALSE(read_parquet(folder.path() / "*.parquet", ignore));
  EXPECT_FALSE(ParquetSink::create(folder.path() / "a[1].parquet"));
}

}  // namespace
}  // namespace vedette::store::duckdb
