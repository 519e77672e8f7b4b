#include "normalise/cloud/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vedette::normalise::cloud {
namespace {

using base::ErrorCode;
using base::Result;

struct Word {
  std::string text;
  bool is_quoted = false;
};

// Up to the comment; empty for a line without words. A quote that is not closed ends the line.
std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ') {
      ++at;
    } else if (line[at] == '#') {
      break;
    } else if (line[at] == '"') {
      const std::size_t end = std::min(line.find('"', at + 1), line.size());
      words.push_back({std::string(line.substr(at + 1, end - at - 1)), true});
      at = end + 1;
    } else {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      words.push_back({std::string(line.substr(at, end - at)), false});
      at = end;
    }
  }
  return words;
}

class Reader {
 public:
  explicit Reader(const kql::Catalogue& catalogue) : catalogue_(catalogue) {}

  Result<Mappings> read(std::string_view text) {
    std::size_t number = 0;
    for (const auto line : base::split(text, '\n')) {
      ++number;
      const auto words = words_of(line);
      if (words.empty()) continue;
      if (auto done = take(words); !done)
        return base::failure(ErrorCode::malformed,
                             fmt::format("mappings, line {}: {}", number, done.error().message));
    }
    return std::move(mappings_);
  }

 private:
  static std::unexpected<base::Error> wrong(std::string message) {
    return base::failure(ErrorCode::malformed, std::move(message));
  }

  Result<void> take(const std::vector<Word>& words) {
    const std::string& first = words.front().text;
    if (first == "names") return take_names(words);
    if (first == "format") return take_format(words);
    if (first == "table") return take_table(words);
    return take_column(words);
  }

  Result<void> take_names(const std::vector<Word>& words) {
    if (words.size() < 3) return wrong("names needs a name and pairs");
    NamedValues& values = mappings_.names[words[1].text];
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::size_t equals = words[i].text.find('=');
      if (equals == std::string::npos) return wrong(words[i].text + " is no pair");
      values[words[i].text.substr(0, equals)] = words[i].text.substr(equals + 1);
    }
    return {};
  }

  Result<void> take_format(const std::vector<Word>& words) {
    if (words.size() < 2) return wrong("format needs a name");
    Mapping& mapping = mappings_.all.emplace_back();
    mapping.format = words[1].text;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::size_t equals = words[i].text.find('=');
      const std::string_view text = words[i].text;
      const std::string_view name = text.substr(0, equals);
      if (equals == std::string::npos) return wrong(words[i].text + " is no setting of a format");
      const std::string_view value = text.substr(equals + 1);
      if (name == "records") {
        mapping.records_at = value;
      } else if (name == "id" || name == "time") {
        for (const auto one : base::split(value, ','))
          (name == "id" ? mapping.id : mapping.time)
              .push_back(VEDETTE_TRY(source_of({std::string(one), false}, mapping)));
      } else {
        return wrong(words[i].text + " is no setting of a format");
      }
    }
    if (mapping.id.empty() || mapping.time.empty()) return wrong("a format needs id= and time=");
    return {};
  }

  Result<void> take_table(const std::vector<Word>& words) {
    if (mappings_.all.empty()) return wrong("a table before any format");
    if (words.size() < 2) return wrong("table needs a name");
    Mapping& mapping = mappings_.all.back();
    schema_ = catalogue_.table(words[1].text);
    if (schema_ == nullptr) return wrong("there is no table " + words[1].text);
    MappedTable& table = mapping.tables.emplace_back();
    table.name = words[1].text;
    if (words.size() == 2) return {};
    if (words.size() < 5 || words[2].text != "when") return wrong("when needs a path and values");
    table.condition = VEDETTE_TRY(source_of(words[3], mapping));
    for (std::size_t i = 4; i < words.size(); ++i) table.values.push_back(words[i].text);
    return {};
  }

  Result<void> take_column(const std::vector<Word>& words) {
    if (schema_ == nullptr || mappings_.all.back().tables.empty())
      return wrong("a column before any table");
    Mapping& mapping = mappings_.all.back();
    MappedTable& table = mapping.tables.back();
    MappedColumn column;
    column.name = words.front().text;
    const auto known =
        std::ranges::find(schema_->columns, column.name, &kql::CatalogueColumn::name);
    if (known == schema_->columns.end())
      return wrong(fmt::format("{} has no column {}", table.name, column.name));
    if (std::ranges::find(table.columns, column.name, &MappedColumn::name) != table.columns.end())
      return wrong(fmt::format("{}.{} stands there twice", table.name, column.name));
    column.type = known->type;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (!words[i].is_quoted && words[i].text.starts_with(':'))
        column.transform = VEDETTE_TRY(transform_of(words[i].text.substr(1)));
      else
        column.sources.push_back(VEDETTE_TRY(source_of(words[i], mapping)));
    }
    if (column.sources.empty()) return wrong(column.name + " has no source");
    table.columns.push_back(std::move(column));
    return {};
  }

  static Result<Source> source_of(const Word& word, Mapping& mapping) {
    using Kind = Source::Kind;
    if (word.is_quoted)
      return Source{
          word.text.find(tenant_word) == std::string::npos ? Kind::constant : Kind::tenant_constant,
          word.text, 0};
    if (word.text == "@tenant") return Source{Kind::tenant, {}, 0};
    if (word.text == "@received") return Source{Kind::received, {}, 0};
    if (word.text == "@day") return Source{Kind::day, {}, 0};
    if (word.text.starts_with('/') && word.text.size() > 1)
      return Source{Kind::document, word.text, mapping.document.slot(word.text.substr(1))};
    const std::string path = word.text == "@record" ? "" : word.text;
    if (path.starts_with('@') || path.starts_with('.') || path.ends_with('.') ||
        path.find("..") != std::string::npos)
      return wrong(word.text + " is no source");
    return Source{Kind::path, path, mapping.paths.slot(path)};
  }

  Result<Transform> transform_of(std::string_view text) const {
    using Kind = Transform::Kind;
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, equals);
    Transform transform;
    transform.argument = text.substr(std::min(equals + 1, text.size()));
    const std::pair<std::string_view, Kind> known[] = {
        {"capital", Kind::capital}, {"unless", Kind::unless},    {"names", Kind::names},
        {"before", Kind::before},   {"after", Kind::after},      {"parsed", Kind::parsed},
        {"list", Kind::list},       {"entities", Kind::entities}};
    const auto* found = std::ranges::find(known, name, &std::pair<std::string_view, Kind>::first);
    if (found == std::end(known)) return wrong(fmt::format("{} is no transform", name));
    transform.kind = found->second;
    const bool needs_argument = transform.kind != Kind::capital && transform.kind != Kind::parsed &&
                                transform.kind != Kind::entities;
    if (needs_argument == transform.argument.empty())
      return wrong(fmt::format("{} {} an argument", name, needs_argument ? "needs" : "takes no"));
    if (transform.kind == Kind::names && !mappings_.names.contains(transform.argument))
      return wrong("there are no names " + transform.argument);
    if (transform.kind == Kind::list) {
      const std::size_t slash = transform.argument.find('/');
      if (slash != std::string::npos) {
        const std::string flag = transform.argument.substr(slash + 1);
        const std::size_t sign = flag.find('=');
        if (sign == std::string::npos) return wrong(flag + " is no flag");
        transform.flag = flag.substr(0, sign);
        transform.flag_value = flag.substr(sign + 1) == "true";
        transform.argument.resize(slash);
      }
    }
    return transform;
  }

  const kql::Catalogue& catalogue_;
  Mappings mappings_;
  const kql::CatalogueTable* schema_ = nullptr;
};

}  // namespace

Result<Mappings> read_mappings(std::string_view text, const kql::Catalogue& catalogue) {
  return Reader(catalogue).read(text);
}

}  // namespace vedette::normalise::cloud
