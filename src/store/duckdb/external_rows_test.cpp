// What externaldata makes of files, from the query to the rows.
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "fakes/fake_external_data.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/external/unpack.h"
#include "store/duckdb/hunt.h"

namespace vedette::store::duckdb {
namespace {

class Rows final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell> cells) override {
    for (std::size_t i = 0; i < cells.size(); ++i)
      text += (i > 0 ? "," : "") + (cells[i].is_null ? "null" : kql::result::text_of(cells[i]));
    text += ";";
  }
  void end(const kql::result::Ending& ending) override { partial = ending.partial; }
  std::string text;
  std::vector<std::string> partial;
};

class External : public ::testing::Test {
 protected:
  // "1,a;2,b;" or the error's code and message.
  std::string run(const std::string& query) {
    const auto engine = Engine::open({.timeout_ms = 20'000, .external = &files_});
    Rows rows;
    const auto done = hunt(**engine, query, kql::empty_catalogue(), kql::no_storage(), {}, rows);
    return done ? rows.text : done.error().code + " " + done.error().message;
  }
  std::string read(const std::string& file, const std::string& columns,
                   const std::string& options = "") {
    files_.set("https://h/f", file);
    return run("externaldata(" + columns + ")['https://h/f']" + options);
  }

  fakes::FakeExternalData files_;
};

std::string gzipped(std::string text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(External, CsvBecomesTypedRows) {
  EXPECT_EQ(
      read("id,name,at,ok,j\n1,\"a \"\"b\"\", "
           "c\",2026-01-02,true,\"{\"\"k\"\":1}\"\n2\nx,y,z,q,r,s,t\n",
           "id:long, name:string, at:datetime, ok:bool, j:dynamic",
           " with (format='csv', ignoreFirstRecord=true)"),
      "1,a \"b\", c,2026-01-02T00:00:00Z,true,{\"k\":1};2,,null,null,null;null,y,null,null,\"r\";");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a\tb\r\n\r\nc\td\r\n",
                 "x:string, y:string", " with(format=tsv)"),
            "a,b;c,d;");
  EXPECT_EQ(read("a|b", "x:string, y:string", " with(format=psv)"), "a,b;");
  EXPECT_EQ(read("a\xff"
                 "b,",
                 "x:string, y:string"),
            "a\xEF\xBF\xBD"
            "b,;");
  EXPECT_EQ(read("", "x:string"), "");
}

TEST_F(External, LinesAndWholeFilesAreText) {
  EXPECT_EQ(read("# head\n1.2.3.4\n\n5.6.7.8,x", "l:string",
                 " with (format=\"txt\", ignoreFirstRecord=True)"),
            "1.2.3.4;;5.6.7.8,x;");
  EXPECT_EQ(read("a\nb", "l:string", " with (format=raw)"), "a\nb;");
  EXPECT_EQ(read("a\nb\nc", "l:string", " with (format=txt, ignoreLastRecord=true)"), "a;b;");
}

TEST_F(External, JsonIsFoundByName) {
  const std::string columns = "a:long, b:string, c:dynamic";
  const std::string rows = "1,x,[1,2];2,,null;";
  EXPECT_EQ(read("{\"a\":1,\"b\":\"x\",\"c\":[1,2]}\n{\"a\":\"2\",\"z\":0}\n", columns,
                 " with (format=json)"),
            rows);
  EXPECT_EQ(read("[{\"a\":1,\n\"b\":\"x\",\"c\":[1, 2]},\n{\"a\":2,\"c\":null}]", columns,
                 " with (format='multijson')"),
            rows);
  EXPECT_EQ(read("{\"a\":1}\n{oops", columns, " with (format=json)").substr(0, 6), "KQL506");
  EXPECT_EQ(read("[1,2]", columns, " with (format=json)").substr(0, 6), "KQL506");
}

TEST_F(External, ArchivesAreUnpackedAndBounded) {
  EXPECT_EQ(read(gzipped("1\n2\n") + gzipped("3\n"), "a:long"), "1;2;3;");
  EXPECT_EQ(read(gzipped("1\n2\n").substr(0, 12), "a:long").substr(0, 6), "KQL506");
  EXPECT_EQ(read(gzipped(std::string(base::limits::external_bytes_max + 1, 'a')), "a:string")
                .substr(0, 6),
            "KQL506");
  // Made by Python's zipfile: a.csv, stored.
  constexpr unsigned char bytes[] = {
      0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x00,
      0x61, 0x78, 0xe1, 0x69, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x05, 0x00,
      0x00, 0x00, 0x61, 0x2e, 0x63, 0x73, 0x76, 0x31, 0x0a, 0x32, 0x0a, 0x50, 0x4b, 0x01,
      0x02, 0x14, 0x03, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x00, 0x61,
      0x78, 0xe1, 0x69, 0x04, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00,
      0x00, 0x61, 0x2e, 0x63, 0x73, 0x76, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00,
      0x01, 0x00, 0x01, 0x00, 0x33, 0x00, 0x00, 0x00, 0x27, 0x00, 0x00, 0x00, 0x00, 0x00};
  const std::string zip(std::begin(bytes), std::end(bytes));
  EXPECT_EQ(read(zip, "a:long", " with (format=csv, zipPattern='*.csv')"), "1;2;");
  EXPECT_EQ(read(zip, "a:long", " with (format=csv, zipPattern='*.txt')").substr(0, 6), "KQL506");
  EXPECT_EQ(read(zip.substr(0, 60), "a:long").substr(0, 6), "KQL506");
}

TEST_F(External, IsReadOnceAndJoined) {
  files_.set("https://h/a", "1.1.1.1\n2.2.2.2\n");
  files_.set("https://h/b", "3.3.3.3\n");
  EXPECT_EQ(run("let bad = externaldata(ip:string)['https://h/a', 'https://h/b'];"
                "datatable(x:string)['2.2.2.2', '9.9.9.9'] | where x in (bad) | extend n = "
                "toscalar(bad | count) | join kind=inner bad on $left.x == $right.ip"),
            "2.2.2.2,3,2.2.2.2;");
  EXPECT_EQ(files_.asked(), 2);
}

TEST_F(External, WhatIsNotAllowedOrKnownIsRefusedByName) {
  EXPECT_EQ(run("externaldata(a:string)['https://other/']"),
            "KQL306 externaldata: https://other/ is not allowed");
  EXPECT_EQ(read("x", "a:string", " with (format=parquet)").substr(0, 6), "KQL301");
  EXPECT_EQ(read("x", "a:string", " with (ingestionMapping='m')").substr(0, 6), "KQL301");
  const auto engine = Engine::open({});
  Rows rows;
  const auto done = hunt(**engine, "externaldata(a:string)['https://h/x']", kql::empty_catalogue(),
                         kql::no_storage(), {}, rows);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "KQL306");
  EXPECT_NE(done.error().hint.find("--allow-host h "), std::string::npos) << done.error().hint;
}

TEST_F(External, FileProfileKnowsNothingAndSaysSo) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const auto engine = Engine::open({});
  Rows rows;
  const auto done = hunt(**engine,
                         "print SHA1 = 'x' | invoke FileProfile(SHA1, 1000) | project SHA1, "
                         "GlobalPrevalence, Signer, ProfileAvailability",
                         catalogue, kql::no_storage(), {}, rows);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(rows.text, "x,null,,Missing;");
  ASSERT_EQ(rows.partial.size(), 1U);
}

}  // namespace
}  // namespace vedette::store::duckdb
