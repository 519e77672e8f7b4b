#include "app/ingest_rows.h"

#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/indicator_record.h"

namespace vedette::app {
namespace {

constexpr std::string_view blanks = " \t\r\n";
// Objects without an end that are looked for beyond their line: each may cost a look at all that
// follows.
constexpr std::size_t endless_rows_max = 16;

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// How long the value is that `text` begins with, by its brackets and quotes alone; npos when it has
// no end. What is no bracket and no quote ends at a comma, a bracket or a line's end.
std::size_t value_bytes(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
      if (!quoted && c == '"' && depth == 0) return at + 1;
      continue;
    }
    if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (c == ',' || c == '\n')) {
      return at;
    }
  }
  return depth == 0 && !quoted ? text.size() : std::string_view::npos;
}

std::unexpected<base::Error> no_rows(std::string what) {
  return base::failure(base::ErrorCode::malformed, std::move(what));
}

base::Result<std::vector<std::string_view>> split_array(std::string_view text) {
  std::vector<std::string_view> rows;
  text = without_blanks(text.substr(1));
  if (text == "]") return rows;
  for (;;) {
    const std::size_t bytes = value_bytes(text);
    if (bytes == std::string_view::npos) return no_rows("the array has no end");
    rows.push_back(without_blanks(text.substr(0, bytes)));
    text = without_blanks(text.substr(bytes));
    if (text.empty()) return no_rows("the array has no end");
    if (text == "]") return rows;
    if (text[0] != ',') return no_rows("the array's elements are not separated by commas");
    text = without_blanks(text.substr(1));
  }
}

}  // namespace

std::string ingest_payload(const IngestHead& head, std::string_view body) {
  base::JsonWriter writer;
  writer.begin_object().member("table", head.table);
  if (!head.key.empty()) writer.member("key", head.key);
  if (head.is_import) writer.key("import").boolean(true);
  writer.end_object();
  std::string payload = writer.take() + "\n";
  return payload.append(body);
}

base::Result<std::vector<std::string_view>> split_json_rows(std::string_view body) {
  std::string_view text = without_blanks(body);
  if (text.starts_with("\xEF\xBB\xBF")) text = without_blanks(text.substr(3));
  if (text.empty()) return no_rows("the body is empty");
  if (text[0] == '[') return split_array(text);
  if (text[0] != '{') return no_rows("the body is neither an object, nor an array, nor NDJSON");
  // An object a line, or over several; a line that is none costs that line only.
  std::vector<std::string_view> rows;
  for (std::size_t failures = 0; !text.empty();) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::size_t bytes = line.size();
    if (text[0] == '{') {
      bytes = value_bytes(line);
      if (bytes == std::string_view::npos && failures < endless_rows_max) bytes = value_bytes(text);
      if (bytes == std::string_view::npos) {
        if (rows.empty() && line.size() == text.size()) return no_rows("the object has no end");
        ++failures;
        bytes = line.size();
      }
    }
    rows.push_back(without_blanks(text.substr(0, bytes)));
    text = without_blanks(text.substr(bytes));
  }
  return rows;
}

bool IngestRows::reads(std::string_view format) {
  return format == ingest_format || format == model::indicator_format;
}

void IngestRows::add(const model::RawBatch& batch, std::string_view format) {
  if (format == model::indicator_format) return add_indicators(batch);
  const std::size_t end = batch.bytes.find('\n');
  const auto head = base::parse_json(batch.bytes.substr(0, end));
  const std::string* table = head ? (*head)["table"].as_string() : nullptr;
  if (table == nullptr || end == std::string_view::npos)
    return quarantine(batch, "the record does not say which table it is for", batch.bytes);
  const std::string* key = (*head)["key"].as_string();
  std::optional<std::uint64_t> place;
  if (key != nullptr)
    place = base::hash_words(base::hash_bytes(*table), base::hash_bytes(*key));
  else if ((*head)["import"].as_bool() == nullptr)
    place = base::hash_words(batch.journal_position, 1);
  add_rows(batch, *table, place, batch.bytes.substr(end + 1));
}

IngestRows::Table* IngestRows::table_of(std::string_view name) {
  auto known = tables_.find(name);
  if (known == tables_.end() && tables_.size() >= base::limits::stored_tables_max) return nullptr;
  if (known == tables_.end())
    known = tables_.emplace(name, std::make_unique<Table>(name, catalogue_.table(name))).first;
  return known->second.get();
}

void IngestRows::add_rows(const model::RawBatch& batch, std::string_view name,
                          std::optional<std::uint64_t> place, std::string_view body) {
  const auto rows = split_json_rows(body);
  if (!rows) return quarantine(batch, rows.error().message, body);
  Table* const known = table_of(name);
  if (known == nullptr) return quarantine(batch, "there are too many tables already", body);
  Table& table = *known;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (!place) {
      table.reader.begin(batch.received);
      table.reader.add_json((*rows)[i], table.imported);
      continue;
    }
    table.reader.begin(batch.received, base::hash_words(*place, i));
    table.reader.add_json((*rows)[i], table.rows);
    if (!table.reader.trouble().empty()) quarantine(batch, table.reader.trouble(), (*rows)[i]);
  }
}

void IngestRows::quarantine(const model::RawBatch& batch, std::string_view reason,
                            std::string_view text, std::string_view format) {
  const auto offset = static_cast<std::uint64_t>(text.data() - batch.bytes.data());
  quarantine_.add(
      {batch.source_name, format, reason, text, batch.received, batch.journal_position, offset});
}

std::vector<model::TableBatch> IngestRows::take() {
  std::vector<model::TableBatch> taken;
  for (auto& [name, table] : tables_) {
    if (table->rows.row_count() > 0)
      taken.push_back(std::exchange(table->rows, model::TableBatch(name)));
    if (table->imported.row_count() == 0) continue;
    taken.push_back(std::exchange(table->imported, model::TableBatch(name)));
    table->imported.seek_everywhere();
  }
  return taken;
}

}  // namespace vedette::app
