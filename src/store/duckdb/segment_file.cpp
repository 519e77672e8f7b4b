#include "store/duckdb/segment_file.h"

#include <algorithm>
#include <filesystem>

#include "base/limits.h"
#include "base/text.h"
#include "fmt/format.h"

namespace vedette::store::duckdb {

namespace {

constexpr std::string_view suffix = ".duckdb";
constexpr std::string_view sealing_suffix = ".sealing";
// While a day is written: an append of as many rows of a table goes past the file's log, so the
// fewest that the engine takes; and of its blocks, larger ones stay half empty, smaller ones cost a
// fifth more processor time (docs/decisions/0018-ingest-speed.md).
constexpr std::size_t written_group_rows = 2'048;
constexpr std::size_t written_block_bytes = 131'072;

std::uint64_t unsigned_of(const std::optional<std::string>& text) {
  return text ? base::parse_unsigned(*text).value_or(0) : 0;
}

std::int64_t ticks_of(const std::optional<std::string>& text, std::int64_t otherwise) {
  const auto number = text ? base::parse_unsigned(*text) : std::nullopt;
  return number ? static_cast<std::int64_t>(*number) : otherwise;
}

// The rows of a table and the range of their TimeGenerated: read from statistics, not from rows.
base::Result<void> measure(Connection& connection, const Segment& segment, SegmentTable& table) {
  const auto rows = VEDETTE_TRY(connection.query(
      fmt::format("SELECT CAST(count(*) AS VARCHAR), CAST(min({0}) AS VARCHAR), "
                  "CAST(max({0}) AS VARCHAR) FROM {1}",
                  quote_identifier(generated_column), segment.qualified(table.physical))));
  table.rows = unsigned_of(rows[0][0]);
  table.generated = {};
  if (table.rows == 0) return {};
  table.generated.include(ticks_of(rows[0][1], 0));
  table.generated.include(ticks_of(rows[0][2], std::numeric_limits<std::int64_t>::max()));
  return {};
}

base::Result<void> read_state(Connection& connection, Segment& segment) {
  const auto states = VEDETTE_TRY(connection.query(fmt::format(
      "SELECT CAST(sequence AS VARCHAR), CAST(watermark AS VARCHAR), "
      "CAST(rebuilt_until AS VARCHAR), CAST(sealed AS VARCHAR), CAST(format AS VARCHAR) FROM {}",
      segment.qualified("vedette_state"))));
  if (states.size() != 1)
    return base::failure(base::ErrorCode::malformed, "the segment has no state");
  const TextRow& row = states.front();
  segment.state = {unsigned_of(row[0]), unsigned_of(row[1]), unsigned_of(row[2])};
  segment.sealed = row[3] == "true";
  if (unsigned_of(row[4]) > static_cast<std::uint64_t>(segment_format))
    return base::failure(
        base::ErrorCode::refused,
        fmt::format("the segment of {} was written by a newer Vedette (format {}, this one knows "
                    "{}): use that version, or move the file away",
                    segment.day, *row[4], segment_format));
  return {};
}

base::Result<void> make_own_tables(Connection& connection, std::string_view alias) {
  const std::string prefix = std::string(alias) + ".main.";
  const std::string steps[] = {
      "BEGIN TRANSACTION",
      fmt::format("CREATE TABLE {}vedette_state(sequence UBIGINT, watermark UBIGINT, "
                  "rebuilt_until UBIGINT, sealed BOOLEAN, format INTEGER)",
                  prefix),
      fmt::format("CREATE TABLE {}vedette_columns(table_name VARCHAR, table_physical VARCHAR, "
                  "name VARCHAR, physical VARCHAR, type VARCHAR)",
                  prefix),
      fmt::format("CREATE TABLE {}vedette_deletions(day VARCHAR, table_name VARCHAR, "
                  "item UBIGINT, content UBIGINT)",
                  prefix),
      fmt::format("INSERT INTO {}vedette_state VALUES (0, 0, 0, false, {})", prefix,
                  segment_format),
      "COMMIT"};
  for (const std::string& step : steps) {
    const auto done = connection.execute(step);
    if (!done) {
      const Trouble trouble = connection.trouble();
      std::ignore = connection.execute("ROLLBACK");
      return failure_of(trouble, done.error().message);
    }
  }
  return {};
}

// The size of a file's blocks is chosen when it is made; another one is an error later.
std::string attach_options(const std::string& path, AttachFor purpose) {
  if (purpose == AttachFor::reading) return "READ_ONLY";
  std::string options = "STORAGE_VERSION 'v1.5.0'";
  if (purpose == AttachFor::sealing) return options;
  options += fmt::format(", ROW_GROUP_SIZE {}", written_group_rows);
  std::error_code problem;
  if (!std::filesystem::exists(path, problem))
    options += fmt::format(", BLOCK_SIZE {}", written_block_bytes);
  return options;
}

}  // namespace

std::string segment_path(const std::string& folder, std::string_view day) {
  return fmt::format("{}/{}{}", folder, day, suffix);
}

base::Result<std::vector<std::string>> segment_days(const std::string& folder, bool cleaning) {
  std::vector<std::string> days;
  std::vector<std::filesystem::path> leftovers;
  std::error_code problem;
  std::filesystem::directory_iterator at(folder, problem);
  if (problem)
    return base::failure(base::ErrorCode::permission_denied,
                         fmt::format("cannot read the folder {}: {}", folder, problem.message()));
  for (; at != std::filesystem::directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(sealing_suffix) || name.ends_with(".sealing.wal"))
      leftovers.push_back(at->path());
    if (name.size() != 10 + suffix.size() || !name.ends_with(suffix)) continue;
    std::string day = name.substr(0, 10);
    if (is_day(day)) days.push_back(std::move(day));
  }
  if (cleaning)
    for (const auto& path : leftovers) std::filesystem::remove(path, problem);
  std::ranges::sort(days);
  return days;
}

std::uint64_t segment_bytes(const std::string& folder, std::string_view day) {
  std::uint64_t sum = 0;
  const std::string path = segment_path(folder, day);
  for (const std::string& name : {path, path + ".wal"}) {
    std::error_code problem;
    const std::uintmax_t bytes = std::filesystem::file_size(name, problem);
    if (!problem) sum += bytes;
  }
  return sum;
}

base::Result<void> attach(Connection& connection, const std::string& path, std::string_view alias,
                          AttachFor purpose) {
  const bool read_only = purpose == AttachFor::reading;
  VEDETTE_TRY_VOID(connection.execute(
      fmt::format("ATTACH {} AS {} ({})", quote_text(path), alias, attach_options(path, purpose))));
  const auto tables = connection.query(
      fmt::format("SELECT table_name FROM duckdb_tables() WHERE database_name = {} AND "
                  "table_name = 'vedette_state'",
                  quote_text(alias)));
  base::Result<void> done{};
  if (!tables)
    done = std::unexpected(tables.error());
  else if (tables->empty() && !read_only)
    done = make_own_tables(connection, alias);
  else if (tables->empty())
    done = base::failure(base::ErrorCode::malformed, "the file is not a segment");
  if (!done) std::ignore = detach(connection, alias);
  return done;
}

base::Result<void> detach(Connection& connection, std::string_view alias) {
  return connection.execute(fmt::format("DETACH {}", alias));
}

base::Result<Segment> describe(Connection& connection, std::string_view alias,
                               std::string_view day) {
  Segment segment;
  segment.day = day;
  segment.alias = alias;
  VEDETTE_TRY_VOID(read_state(connection, segment));
  std::map<std::string, SegmentTable> tables;
  const auto columns = VEDETTE_TRY(connection.query(
      fmt::format("SELECT table_name, table_physical, name, physical, type FROM {} ORDER BY rowid",
                  segment.qualified("vedette_columns"))));
  for (const TextRow& row : columns) {
    SegmentTable& table = tables[row[0].value_or("")];
    table.name = row[0].value_or("");
    table.physical = row[1].value_or("");
    const auto type = kql::type_of_name(row[4].value_or(""));
    if (!type)
      return base::failure(base::ErrorCode::malformed, "the segment has a column of no known type");
    table.columns.push_back({row[2].value_or(""), row[3].value_or(""), *type});
  }
  for (auto& [name, table] : tables) {
    VEDETTE_TRY_VOID(measure(connection, segment, table));
    segment.tables.emplace(name, std::make_shared<const SegmentTable>(std::move(table)));
  }
  return segment;
}

namespace {

// The SQL of a column's definition. Strings are never null.
std::string definition(const SegmentColumn& column) {
  return fmt::format("{} {}{}", quote_identifier(column.physical), physical_type(column.type),
                     column.type == kql::Type::string ? " DEFAULT ''" : "");
}

SegmentTable new_table(const Segment& segment, std::string_view name) {
  std::vector<std::string_view> taken{"vedette_state", "vedette_columns", "vedette_deletions"};
  for (const auto& [other, table] : segment.tables) taken.push_back(table->physical);
  SegmentTable table;
  table.name = name;
  table.physical = physical_name(name, taken);
  for (const std::string_view fixed : {generated_column, received_column})
    table.columns.push_back({std::string(fixed), std::string(fixed), kql::Type::datetime});
  return table;
}

std::vector<std::string> statements_for(const Segment& segment, const SegmentTable& table,
                                        std::size_t first_new, bool is_new) {
  std::vector<std::string> steps{"BEGIN TRANSACTION"};
  if (is_new) {
    std::string list = fmt::format("{} UBIGINT, {} UBIGINT", item_column, content_column);
    for (const SegmentColumn& column : table.columns) list += ", " + definition(column);
    steps.push_back("CREATE TABLE " + segment.qualified(table.physical) + "(" + list + ")");
  } else {
    for (std::size_t i = first_new; i < table.columns.size(); ++i)
      steps.push_back("ALTER TABLE " + segment.qualified(table.physical) + " ADD COLUMN " +
                      definition(table.columns[i]));
  }
  std::string values;
  for (std::size_t i = is_new ? 0 : first_new; i < table.columns.size(); ++i)
    values += fmt::format("{}({}, {}, {}, {}, {})", values.empty() ? "" : ", ",
                          quote_text(table.name), quote_text(table.physical),
                          quote_text(table.columns[i].name), quote_text(table.columns[i].physical),
                          quote_text(kql::name_of(table.columns[i].type)));
  steps.push_back("INSERT INTO " + segment.qualified("vedette_columns") + " VALUES " + values);
  steps.emplace_back("COMMIT");
  return steps;
}

}  // namespace

base::Result<std::shared_ptr<const SegmentTable>> extend_table(
    Connection& connection, const Segment& segment, std::string_view name,
    const std::vector<NewColumn>& columns) {
  const auto found = segment.tables.find(name);
  const bool is_new = found == segment.tables.end();
  if (is_new && segment.tables.size() >= base::limits::stored_tables_max)
    return base::failure(base::ErrorCode::invalid_argument,
                         "a segment has no room for more tables");
  SegmentTable table = is_new ? new_table(segment, name) : *found->second;
  const std::size_t before = table.columns.size();
  for (const NewColumn& column : columns) {
    if (table.column(column.name) != nullptr) continue;
    std::vector<std::string_view> taken{item_column, content_column};
    for (const SegmentColumn& other : table.columns) taken.push_back(other.physical);
    table.columns.push_back({column.name, physical_name(column.name, taken), column.type});
  }
  if (table.columns.size() > base::limits::stored_columns_max)
    return base::failure(base::ErrorCode::invalid_argument,
                         fmt::format("the table {} has no room for more columns", name));
  if (is_new || table.columns.size() > before)
    for (const std::string& step : statements_for(segment, table, before, is_new)) {
      const auto done = connection.execute(step);
      if (!done) {
        const Trouble trouble = connection.trouble();
        std::ignore = connection.execute("ROLLBACK");
        return failure_of(trouble, done.error().message);
      }
    }
  return std::make_shared<const SegmentTable>(std::move(table));
}

}  // namespace vedette::store::duckdb
