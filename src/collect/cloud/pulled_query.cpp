#include "collect/cloud/pulled_query.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "collect/cloud/remote_query.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::uint64_t second_seed = 0x9e3779b97f4a7c15;

// Without what ends a statement, so that more can follow.
std::string_view without_end(std::string_view query) {
  query = base::trim(query);
  while (query.ends_with(';')) query = base::trim(query.substr(0, query.size() - 1));
  return query;
}

class PulledQueryListing : public Listing {
 public:
  explicit PulledQueryListing(PulledQuery query) : query_(std::move(query)) {}

  [[nodiscard]] std::string title() const override { return "query into " + query_.into; }
  [[nodiscard]] std::string format() const override {
    return std::string(model::log_analytics_format);
  }
  [[nodiscard]] bool wraps_pages() const override { return true; }
  [[nodiscard]] std::string needs(TroubleKind kind) const override {
    const bool is_workspace = query_.service == QueryService::workspace;
    if (kind == TroubleKind::forbidden)
      return is_workspace ? "give who signs in the role Log Analytics Reader on the workspace"
                          : "give who signs in the role Viewer on the database";
    if (kind == TroubleKind::absent || kind == TroubleKind::refused)
      return "check the place, and the query with `vedette hunt --on`";
    if (kind == TroubleKind::too_large)
      return "project fewer columns, or summarize more: the service cuts such answers short";
    return {};
  }
  [[nodiscard]] std::size_t page_size_max() const override { return 1; }
  [[nodiscard]] std::size_t records_per_request() const override { return 5'000; }
  [[nodiscard]] std::size_t window_requests() const override { return 1; }

  [[nodiscard]] ServiceRequest first_page(const Window& window, std::size_t) const override {
    RemoteQuestion question;
    question.text = fmt::format(
        "let pull_from = datetime({});\nlet pull_to = datetime({});\n{}\n"
        "| where ['{}'] >= pull_from and ['{}'] <= pull_to",
        base::format_iso(window.from), base::format_iso(window.to), without_end(query_.query),
        query_.time, query_.time);
    return query_.service == QueryService::workspace
               ? workspace_request(query_.address, query_.place, question)
               : data_explorer_request(query_.address, query_.place, question);
  }

  [[nodiscard]] Answered<ListedPage> read(const ServiceAnswer& answer) override {
    auto read = query_.service == QueryService::workspace ? read_workspace(answer.body)
                                                          : read_data_explorer(answer.body);
    if (!read) return std::unexpected(std::move(read.error()));
    // A shorter window has fewer rows.
    if (!read->partial.empty())
      return std::unexpected(Trouble{TroubleKind::too_large,
                                     "the answer is cut short: " + read->partial.front(), "",
                                     std::nullopt, ""});
    RemoteTable& table = read->tables.front();
    key_places_.clear();
    for (const std::string& key : query_.keys) {
      const auto found = std::ranges::find(table.columns, key, &RemoteColumn::name);
      if (found == table.columns.end())
        return std::unexpected(Trouble{TroubleKind::not_usable,
                                       fmt::format("the answer has no column {}", key),
                                       "name columns of the answer as keys", std::nullopt, ""});
      key_places_.push_back(static_cast<std::size_t>(found - table.columns.begin()));
    }
    columns_ = std::move(table.columns);
    ListedPage page;
    page.reported = table.rows.size();
    page.records = std::move(table.rows);
    return page;
  }

  [[nodiscard]] std::string document(const std::vector<std::string_view>& records) const override {
    base::JsonWriter columns;
    columns.begin_array();
    for (const RemoteColumn& column : columns_)
      columns.begin_object().member("name", column.name).end_object();
    if (!query_.keys.empty()) columns.begin_object().member("name", "_ItemId").end_object();
    columns.end_array();
    base::JsonWriter head;
    head.begin_object().member("table", query_.into).end_object();
    std::string out = head.take();
    out.pop_back();
    out += R"(,"answer":{"tables":[{"name":"PrimaryResult","columns":)" + columns.take();
    out += ",\"rows\":[";
    for (std::size_t i = 0; i < records.size(); ++i) {
      out += i == 0 ? "" : ",";
      out += query_.keys.empty() ? std::string(records[i]) : with_id(records[i]);
    }
    return out + "]}]}}";
  }
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::string_view) const override {
    return std::nullopt;
  }

 private:
  // The same keys are the same row: what it says now takes the place of what it said.
  [[nodiscard]] std::string with_id(std::string_view row) const {
    const auto cells = elements_of(row);
    std::string keys;
    if (cells)
      for (const std::size_t place : key_places_)
        keys += place < cells->size() ? std::string((*cells)[place]) + "\n" : "\n";
    const std::size_t end = row.rfind(']');
    if (!cells || cells->size() != columns_.size() || end == std::string_view::npos)
      return std::string(row);  // whoever reads rows says what is wrong with it
    base::JsonWriter id;
    id.string(fmt::format("pull:{}:{:016x}{:016x}", query_.name, base::hash_bytes(keys),
                          base::hash_bytes(keys, second_seed)));
    return std::string(row.substr(0, end)) + (columns_.empty() ? "" : ",") + id.take() + "]";
  }

  const PulledQuery query_;
  std::vector<RemoteColumn> columns_;  // of the last answer
  std::vector<std::size_t> key_places_;
};

}  // namespace

std::unique_ptr<Listing> pulled_query(const PulledQuery& query) {
  return std::make_unique<PulledQueryListing>(query);
}

}  // namespace vedette::collect::cloud
