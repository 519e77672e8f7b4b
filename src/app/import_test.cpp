#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "app/import_file.h"
#include "kql/catalogue/schema_catalogue.h"
#include "normalise/import_rows.h"

namespace vedette::app {
namespace {

using normalise::RowReader;

const kql::Catalogue& catalogue() {
  static const kql::SchemaCatalogue instance(kql::built_in_schema());
  return instance;
}

class TextFile {
 public:
  explicit TextFile(std::string_view content) {
    std::string pattern = (std::filesystem::temp_directory_path() / "vedette-import-XXXXXX");
    folder_ = mkdtemp(pattern.data());
    std::ofstream(path(), std::ios::binary) << content;
  }
  ~TextFile() { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return folder_ + "/file"; }

 private:
  std::string folder_;
};

std::string json_records(std::string_view content) {
  const TextFile file(content);
  const auto records = read_json_records(std::move(*open_text(file.path())));
  std::string all;
  while (true) {
    const auto record = records->next();
    if (!record) return all + "error: " + record.error().message;
    if (record->kind == Record::Kind::end) return all;
    all += record->kind == Record::Kind::too_long
               ? fmt::format("{}:too long;", record->line)
               : fmt::format("{}:{};", record->line, record->json);
  }
}

std::string csv_records(std::string_view content) {
  const TextFile file(content);
  const auto records = read_csv_records(std::move(*open_text(file.path())));
  std::string all;
  while (true) {
    const auto record = records->next();
    if (!record) return all + "error: " + record.error().message;
    if (record->kind == Record::Kind::end) return all;
    for (const std::string& field : record->fields) all += "[" + field + "]";
    all += ";";
  }
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST(ImportFile, FindsObjectsHoweverTheyStand) {
  EXPECT_EQ(json_records("{\"a\":1}\n{\"a\":2}\n"), "1:{\"a\":1};2:{\"a\":2};");
  EXPECT_EQ(json_records("\xEF\xBB\xBF[\n {\"a\":\"}\\\"{\"},\n {\"a\":[1,{}]}\n]"),
            "2:{\"a\":\"}\\\"{\"};3:{\"a\":[1,{}]};");
  EXPECT_EQ(json_records("{\n\"a\":\n1}{\"b\":2}"), "1:{\n\"a\":\n1};3:{\"b\":2};");
  EXPECT_EQ(json_records(""), "");
  EXPECT_EQ(json_records("[]"), "");
}

TEST(ImportFile, ABrokenRecordDoesNotTakeTheNextWithIt) {
  EXPECT_EQ(json_records("{\"a\":\"x\n{\"a\":2}\n"), "1:{\"a\":\"x;2:{\"a\":2};");
  EXPECT_EQ(json_records("oops\n{\"a\":2}"), "1:oops;2:{\"a\":2};");
  const std::string longer = "{\"a\":\"" + std::string(2'000'000, 'x') + "\"}\n{\"a\":2}\n";
  EXPECT_EQ(json_records(longer), "1:too long;2:{\"a\":2};");
}

TEST(ImportFile, ReadsCsvAsRfc4180HasIt) {
  EXPECT_EQ(csv_records("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n,\n3,"),
            "[a][b];[1][x, \"y\"\nz];[][];[3][];");
}

TEST(ImportFile, UnpacksByTheFirstBytes) {
  const std::string text = "{\"a\":1}\n{\"a\":2}\n";
  const std::string records = "1:{\"a\":1};2:{\"a\":2};";
  EXPECT_EQ(json_records(gzip(text)), records);
  EXPECT_EQ(json_records(gzip("{\"a\":1}\n") + gzip("{\"a\":2}\n")), records);
  EXPECT_EQ(json_records(zstd(text)), records);
  EXPECT_EQ(json_records(zstd("{\"a\":1}\n") + zstd("{\"a\":2}\n")), records);
  std::string large;
  for (int i = 0; i < 300'000; ++i) large += "{\"a\":1}\n";
  const std::string whole = gzip(large);
  const std::string cut = json_records(whole.substr(0, whole.size() / 2));
  EXPECT_TRUE(cut.starts_with(records.substr(0, 10)));
  EXPECT_TRUE(cut.ends_with("error: the gzip archive ends too soon"))
      << cut.substr(cut.size() - 60);
}

struct Row {
  model::TableBatch batch;
  RowReader reader;
  explicit Row(std::string_view table)
      : batch(std::string(table)),
        reader(table, catalogue().table(table), *base::parse_iso("2026-06-01T00:00:00Z")) {}
  Row& json(std::string_view text) {
    reader.add_json(text, batch);
    return *this;
  }
  // column=value of the last row
  [[nodiscard]] std::string cells() const {
    std::string all;
    const auto last = static_cast<std::uint32_t>(batch.row_count() - 1);
    for (const auto& column : batch.columns())
      for (std::size_t i = 0; i < column.rows.size(); ++i) {
        if (column.rows[i] != last) continue;
        all += column.name + "=";
        const model::CellValue& value = column.values[i];
        if (const auto* text = std::get_if<model::TextCell>(&value)) all += batch.text_of(*text);
        if (const auto* integer = std::get_if<std::int64_t>(&value))
          all += std::to_string(*integer);
        if (const auto* real = std::get_if<double>(&value)) all += fmt::format("{}", *real);
        if (const auto* flag = std::get_if<bool>(&value)) all += *flag ? "true" : "false";
        if (const auto* moment = std::get_if<base::Timestamp>(&value))
          all += base::format_iso(*moment);
        all += ";";
      }
    return all;
  }
  [[nodiscard]] std::string misfits() const {
    std::string all;
    for (const auto& [what, misfit] : reader.misfits())
      all += fmt::format("{} ({}x {});", what, misfit.count, misfit.example);
    return all;
  }
};

TEST(ImportRows, GivesEachColumnItsType) {
  Row row("Syslog");
  row.json(R"({"TimeGenerated":"2026-05-01T10:00:00.5Z","ProcessID":"17","hostname":"web",)"
           R"("EventTime":"2026-05-01 09:00","Type":"Syslog","SyslogMessage":5,"Computer":null})");
  EXPECT_EQ(row.cells(),
            "ProcessID=17;HostName=web;EventTime=2026-05-01T09:00:00Z;SyslogMessage=5;");
  EXPECT_EQ(base::format_iso(row.batch.heads()[0].generated), "2026-05-01T10:00:00.5Z");
  EXPECT_EQ(base::format_iso(row.batch.heads()[0].received), "2026-06-01T00:00:00Z");
  EXPECT_EQ(row.misfits(), "");
}

TEST(ImportRows, CountsWhatDoesNotFit) {
  Row row("Syslog");
  row.json(R"({"TimeGenerated":"yesterday","ProcessID":"x","Nonsense":true,"HostName":"a"})")
      .json(R"({"ProcessID":3000000000,"HostName":"b","hostname":"c"})")
      .json("[1]")
      .json("{");
  EXPECT_EQ(row.batch.row_count(), 2U);
  EXPECT_EQ(row.reader.unreadable(), 2U);
  const std::string all = row.misfits();
  for (const std::string_view expected :
       {"Nonsense: the table has no such column (1x true)", "ProcessID: is no int (2x x)",
        "TimeGenerated: is no datetime (1x yesterday)",
        "HostName: stands twice in a row (1x \"c\")",
        "rows: have no TimeGenerated; the time of the import is taken (2x )",
        "rows: no JSON object (1x [1])"})
    EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
}

TEST(ImportRows, TheIdentityIsTheSourcesOrWhatTheRowSays) {
  Row row("Syslog");
  row.json(R"({"TimeGenerated":"2026-05-01T10:00:00Z","HostName":"a","ProcessID":1})")
      .json(R"({"ProcessID":"1","HostName":"a","TimeGenerated":"2026-05-01 10:00:00"})")
      .json(R"({"ProcessID":"2","HostName":"a","TimeGenerated":"2026-05-01 10:00:00"})")
      .json(R"({"_ItemId":"x","ProcessID":2})")
      .json(R"({"_ItemId":"x","ProcessID":3})");
  const auto& heads = row.batch.heads();
  EXPECT_EQ(heads[0].item_id, heads[1].item_id);
  EXPECT_EQ(heads[0].content_hash, heads[1].content_hash);
  EXPECT_NE(heads[0].item_id, heads[2].item_id);
  EXPECT_EQ(heads[3].item_id, heads[4].item_id);
  EXPECT_NE(heads[3].content_hash, heads[4].content_hash);
}

TEST(ImportRows, CsvAsThePortalExportsIt) {
  Row row("Syslog");
  row.reader.set_header({"TimeGenerated [UTC]", "ProcessID", "SyslogMessage"});
  row.reader.add_fields({"8/2/2021, 1:29:25.983 PM", "", "hello"}, row.batch);
  row.reader.add_fields({"8/2/2021, 12:00:00.000 AM", "1"}, row.batch);
  EXPECT_EQ(row.batch.row_count(), 1U);
  EXPECT_EQ(base::format_iso(row.batch.heads()[0].generated), "2021-08-02T13:29:25.983Z");
  EXPECT_EQ(row.cells(), "SyslogMessage=hello;");
  EXPECT_EQ(row.misfits(), "rows: 2 fields where the header has 3 (1x 8/2/2021, 12:00:00.000 AM);");
}

TEST(ImportRows, ACustomTableTakesColumnsAsTheyCome) {
  Row row("Mine_CL");
  row.json(R"({"TimeGenerated":"2026-05-01T10:00:00Z","n":1,"r":1.5,"b":true,"o":{"x":[1]},)"
           R"("t":"2026-05-01T10:00:00Z","s":"text"})");
  EXPECT_EQ(row.cells(), "n=1;r=1.5;b=true;o={\"x\":[1]};t=2026-05-01T10:00:00Z;s=text;");
}

// Rows as Log Analytics exports them.
TEST(ImportRows, RealExportsFit) {
  const std::string folder = VEDETTE_SOURCE_DIR "/../shared/data/azure/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real rows here: " << folder;
  for (const auto& [file, table] : {std::pair{"AADAuditEvents.json", "AuditLogs"},
                                    std::pair{"OfficeActivityEvents.json", "OfficeActivity"}}) {
    Row row(table);
    const auto records = read_json_records(std::move(*open_text(folder + file)));
    while (true) {
      const auto record = records->next();
      ASSERT_TRUE(record.has_value());
      if (record->kind == Record::Kind::end) break;
      row.json(record->json);
    }
    EXPECT_GT(row.reader.rows(), 0U);
    EXPECT_EQ(row.reader.unreadable(), 0U);
    // They were exported after columns had been added; nothing else may be wrong.
    for (const auto& [what, misfit] : row.reader.misfits())
      EXPECT_TRUE(what.ends_with(": the table has no such column")) << what;
    std::set<std::uint64_t> identities;
    for (const auto& head : row.batch.heads()) identities.insert(head.item_id);
    EXPECT_EQ(identities.size(), row.reader.rows());
  }
}

}  // namespace
}  // namespace vedette::app
