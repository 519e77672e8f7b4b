#include "app/tenant_workspace.h"

#include <fmt/format.h>

#include "app/given_rows.h"
#include "base/json.h"
#include "kql/result/sink.h"

namespace vedette::app {
namespace {

using kql::Type;
using kql::result::Cell;

// {"tables":[{"name":"PrimaryResult","columns":[...],"rows":[...]}]}
class ServiceAnswer final : public kql::result::Sink {
 public:
  ServiceAnswer() { out_.begin_object().key("tables").begin_array(); }
  void begin(const std::vector<kql::plan::Column>& columns) override {
    out_.begin_object().member("name", "PrimaryResult").key("columns").begin_array();
    for (const auto& column : columns)
      out_.begin_object()
          .member("name", column.name)
          .member("type", kql::name_of(column.type))
          .end_object();
    out_.end_array().key("rows").begin_array();
  }
  void row(std::span<const Cell> cells) override {
    out_.begin_array();
    for (const Cell& cell : cells) write(cell);
    out_.end_array();
  }
  void end(const kql::result::Ending& ending) override {
    out_.end_array().end_object();
    is_cut_ = is_cut_ || ending.truncated;
  }
  std::string take() {
    out_.end_array();
    if (is_cut_)
      out_.key("error")
          .begin_object()
          .member("code", "PartialError")
          .member("message", "The results of this query exceed the set limit of 500000 records.")
          .end_object();
    out_.end_object();
    return out_.take();
  }

 private:
  void write(const Cell& cell) {
    if (cell.is_null && cell.type != Type::string) {
      out_.null();
    } else if (cell.type == Type::boolean) {
      out_.boolean(cell.boolean);
    } else if (kql::is_integer(cell.type)) {
      out_.number(cell.integer);
    } else if (cell.type == Type::real) {
      out_.real(cell.real);
    } else {
      out_.string(kql::result::text_of(cell));
    }
  }

  base::JsonWriter out_;
  bool is_cut_ = false;
};

}  // namespace

base::Result<std::string> TenantWorkspace::answer(std::string_view query,
                                                  const std::vector<Table>& tables,
                                                  base::Timestamp now) {
  GivenHunt hunt;
  hunt.text = query;
  hunt.inputs.now_ticks = now.ticks;
  for (const Table& table : tables)
    if (const auto* known = catalogue_.table(table.name))
      hunt.tables.push_back({known, table.records});
  ServiceAnswer answer;
  const auto done = run_over_given(hunt, catalogue_, answer);
  if (done) return answer.take();
  const auto place = kql::position_of(query, done.error().span.start);
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("{}: {} (line {}, column {})", done.error().code,
                                   done.error().message, place.line, place.column));
}

}  // namespace vedette::app
