// Rows that are not in the store: externaldata reads them from other hosts; FileProfile and its kin
// would ask Microsoft for them.
#include <algorithm>

#include "base/text.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

Checked<external::Request> Binder::external_request(const Expression& expression) {
  external::Request request;
  request.span = expression.span;
  for (const syntax::ColumnDeclaration& declared : expression.declarations)
    request.columns.push_back({declared.name, declared.type.value_or(Type::string)});
  for (const auto& address : expression.children) {
    request.addresses.push_back(VEDETTE_TRY(constant_text(*address, "the address")));
    if (request.addresses.back().find(';') != std::string::npos)
      return refuse_unsupported(address->span, "storage key or identity in", "externaldata");
  }
  if (request.addresses.empty() || request.columns.empty())
    return refuse("KQL203", expression.span, "externaldata takes columns and at least one address");
  request.format = external::format_of_address(request.addresses.front());
  for (const syntax::Parameter& parameter : expression.parameters) {
    const auto is = [&](std::string_view name) {
      return base::equals_ignoring_case(parameter.name, name);
    };
    // csv, "csv" or true
    const Expression& value = *parameter.value;
    const bool is_literal = value.kind == syntax::ExpressionKind::literal;
    const std::string& word = is_literal ? value.constant.text : value.text;
    const bool yes = is_literal && value.constant.type == Type::boolean
                         ? value.constant.boolean
                         : base::equals_ignoring_case(word, "true");
    if (is("format")) {
      const auto format = external::format_of_name(word);
      if (!format) return refuse_unsupported(parameter.span, "format of externaldata", word);
      request.format = *format;
    } else if (is("ignoreFirstRecord")) {
      request.ignore_first = yes;
    } else if (is("ignoreLastRecord")) {
      request.ignore_last = yes;
    } else if (is("zipPattern")) {
      request.zip_pattern = word;
    } else {
      return refuse_unsupported(parameter.span, "property of externaldata", parameter.name);
    }
  }
  return request;
}

Checked<Relation> Binder::externaldata(const Expression& expression) {
  if (inputs_.check_only) {
    CatalogueTable shape;
    for (const syntax::ColumnDeclaration& declared : expression.declarations)
      shape.columns.push_back({declared.name, declared.type.value_or(Type::string)});
    return table(shape);
  }
  external::Request request = VEDETTE_TRY(external_request(expression));
  const std::string key = request.key();
  for (const Fact& fact : facts_)
    if (fact.external_key == key) return external_rows(request, fact.external_number);
  pending_external_ = std::move(request);
  return refuse("KQL000", expression.span, "what other hosts have was not read yet");
}

// Everything was read as text; here it becomes what the query says it is, or null.
Relation Binder::external_rows(const external::Request& request, std::size_t number) {
  plan::ExternalNode node;
  node.number = number;
  Columns texts, columns;
  std::vector<plan::Assignment> items;
  for (const CatalogueColumn& column : request.columns) {
    const bool as_it_is = column.type == Type::string || column.type == Type::dynamic;
    texts.push_back(fresh(column.name, as_it_is ? column.type : Type::string));
    node.ids.push_back(texts.back().id);
    columns.push_back(as_it_is ? texts.back() : fresh(column.name, column.type));
    items.emplace_back(columns.back().id,
                       must_convert(plan::make_column(texts.back()), column.type));
  }
  Relation rows;
  rows.node = plan::make_node(std::move(node));
  rows.columns = std::move(texts);
  return project(std::move(rows), std::move(columns), std::move(items));
}

// Nothing is known of any file or device here: what Microsoft documents for that is null in each
// column, and a ProfileAvailability that says so. Columns that the rows have keep their values.
Relation Binder::unknown_profile(const CatalogueTable& shape, Relation input) {
  std::vector<plan::Assignment> items = pass_through(input.columns);
  Columns columns = input.columns;
  for (const CatalogueColumn& added : shape.columns) {
    const auto known = std::ranges::find(columns, added.name, &plan::Column::name);
    if (known != columns.end()) {
      if (known->type == added.type) continue;
      const Bound value = must_convert(plan::make_column(*known), added.type);
      known->id = next_column_++;
      known->type = added.type;
      items.emplace_back(known->id, value);
      continue;
    }
    plan::Column column = fresh(added.name, added.type);
    items.emplace_back(column.id, added.name == "ProfileAvailability" ? text_constant("Missing")
                                                                      : null_of(added.type));
    columns.push_back(std::move(column));
  }
  std::string note = fmt::format("{} knows nothing here: its columns are null", shape.name);
  if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(std::move(note));
  return project(std::move(input), std::move(columns), std::move(items));
}

}  // namespace vedette::kql::bind
