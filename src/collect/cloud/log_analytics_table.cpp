#include <fmt/format.h>

#include "base/http_text.h"
#include "base/json.h"
#include "collect/cloud/azure_listings.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::string_view service = "Log Analytics";

// One answer is one page; a row is a record, so that rows which come again are left out.
class LogAnalyticsTable : public Listing {
 public:
  LogAnalyticsTable(std::string address, TableQuery query)
      : address_(std::move(address)), query_(std::move(query)) {}

  [[nodiscard]] std::string title() const override { return "Log Analytics table " + query_.table; }
  [[nodiscard]] std::string format() const override {
    return std::string(model::log_analytics_format);
  }
  // The answer stands within a document of ours.
  [[nodiscard]] bool wraps_pages() const override { return true; }
  [[nodiscard]] std::string needs(TroubleKind kind) const override {
    if (kind == TroubleKind::forbidden)
      return "give the app the role Log Analytics Reader on the workspace";
    if (kind == TroubleKind::absent || kind == TroubleKind::refused)
      return "check workspace_id (its GUID), the table's name and the query";
    return {};
  }
  [[nodiscard]] std::size_t page_size_max() const override { return 1; }
  [[nodiscard]] std::size_t records_per_request() const override { return 5'000; }
  [[nodiscard]] std::size_t window_requests() const override { return 1; }

  [[nodiscard]] ServiceRequest first_page(const Window& window, std::size_t) const override {
    const std::string query = fmt::format(
        "{} | where ingestion_time() >= datetime({}) and ingestion_time() <= datetime({}) {}",
        query_.table, base::format_iso(window.from), base::format_iso(window.to), query_.query);
    base::JsonWriter body;
    body.begin_object().member("query", query).end_object();
    ServiceRequest request;
    request.method = "POST";
    request.url =
        fmt::format("{}/v1/workspaces/{}/query", address_, base::percent_encode(query_.workspace));
    request.body = body.take();
    request.prefer = "wait=60";
    return request;
  }

  [[nodiscard]] Answered<ListedPage> read(const ServiceAnswer& answer) override {
    const auto members = members_of(answer.body);
    if (!members) return std::unexpected(not_whole(service, members.error()));
    const std::string_view tables = member(*members, "tables");
    const auto list = elements_of(tables.empty() ? "-" : tables);
    if (!list || list->empty())
      return std::unexpected(Trouble{TroubleKind::not_usable,
                                     fmt::format("{} answered without a table", service), "",
                                     std::nullopt, ""});
    // Rows beyond what an answer may hold are left out by the service: a shorter window has fewer.
    if (const std::string_view error = member(*members, "error"); !error.empty() && error != "null")
      return std::unexpected(
          Trouble{TroubleKind::too_large,
                  fmt::format("{} could not give all rows of {}", service, query_.table), "",
                  std::nullopt, ""});
    const auto table = members_of(list->front());
    auto rows = table ? elements_of(member(*table, "rows")) : std::unexpected(table.error());
    if (!rows) return std::unexpected(not_whole(service, rows.error()));
    columns_ = member(*table, "columns");
    ListedPage page;
    page.reported = rows->size();
    page.records = std::move(*rows);
    return page;
  }

  [[nodiscard]] std::string document(const std::vector<std::string_view>& records) const override {
    base::JsonWriter head;
    head.begin_object().member("table", query_.into).end_object();
    std::string out = head.take();
    out.pop_back();
    out += R"(,"answer":{"tables":[{"name":"PrimaryResult","columns":)";
    out += columns_.empty() ? "[]" : columns_;
    out += ",\"rows\":" + array_document(records) + "}]}";
    return out + "}";
  }
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::string_view) const override {
    return std::nullopt;
  }

 private:
  const std::string address_;
  const TableQuery query_;
  std::string columns_;  // of the last answer, as they came
};

}  // namespace

std::unique_ptr<Listing> log_analytics_table(const std::string& address, const TableQuery& query) {
  return std::make_unique<LogAnalyticsTable>(address, query);
}

}  // namespace vedette::collect::cloud
