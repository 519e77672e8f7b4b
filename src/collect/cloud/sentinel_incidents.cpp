#include <fmt/format.h>

#include "base/http_text.h"
#include "base/json.h"
#include "collect/cloud/azure_listings.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "collect/cloud/sentinel_changes.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::string_view service = "Microsoft Sentinel";
constexpr std::string_view version = "api-version=2024-03-01";
constexpr std::string_view changed_at = "properties.lastModifiedTimeUtc";
constexpr std::size_t page_size = 200;
constexpr std::size_t comment_pages_max = 20;  // an incident holds 100

class SentinelIncidents : public Listing {
 public:
  SentinelIncidents(const std::string& address, const WorkspacePlace& place)
      : incidents_(sentinel_incidents_url(address, place)) {}

  [[nodiscard]] std::string title() const override { return "Sentinel incidents"; }
  [[nodiscard]] std::string format() const override {
    return std::string(model::sentinel_incidents_format);
  }
  [[nodiscard]] std::string needs(TroubleKind kind) const override {
    if (kind == TroubleKind::forbidden)
      return "give the app the role Microsoft Sentinel Reader on the workspace's resource group";
    if (kind == TroubleKind::absent)
      return "check subscription, resource_group and workspace, and that Sentinel is switched on "
             "there";
    return {};
  }
  [[nodiscard]] std::size_t page_size_max() const override { return page_size; }

  [[nodiscard]] ServiceRequest first_page(const Window& window, std::size_t size) const override {
    ServiceRequest request;
    request.url =
        fmt::format("{}?{}&$filter={}&$orderby={}&$top={}", incidents_, version,
                    base::percent_encode(window_filter("properties/lastModifiedTimeUtc", window)),
                    base::percent_encode("properties/lastModifiedTimeUtc desc"), size);
    return request;
  }
  [[nodiscard]] Answered<ListedPage> read(const ServiceAnswer& answer) override {
    return read_odata_page(service, answer.body, "nextLink");
  }
  [[nodiscard]] std::string document(const std::vector<std::string_view>& records) const override {
    return odata_document(records);
  }
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::string_view record) const override {
    const auto text = string_at(record, changed_at);
    return text ? base::parse_iso(*text) : std::nullopt;
  }

  [[nodiscard]] ServiceRequest one(std::string_view name) const {
    return {"GET", fmt::format("{}/{}?{}", incidents_, base::percent_encode(name), version), "",
            ""};
  }

  [[nodiscard]] bool has_details() const override { return true; }
  [[nodiscard]] Answered<std::optional<ListedDetail>> detail(ServiceClient& client,
                                                             const std::string& record,
                                                             const std::stop_token& stop) override;

 private:
  [[nodiscard]] static Answered<std::string> part(ServiceClient& client,
                                                  const ServiceRequest& request,
                                                  const std::stop_token& stop);
  [[nodiscard]] static Answered<std::string> comments(ServiceClient& client,
                                                      const std::string& incident,
                                                      const std::stop_token& stop);

  const std::string incidents_;
};

// A part's whole answer; it must be whole, since it is put into a document of ours.
Answered<std::string> SentinelIncidents::part(ServiceClient& client, const ServiceRequest& request,
                                              const std::stop_token& stop) {
  auto answer = client.send(request, stop);
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (const auto members = members_of(answer->body); !members)
    return std::unexpected(not_whole(service, members.error()));
  return std::move(answer->body);
}

Answered<std::string> SentinelIncidents::comments(ServiceClient& client,
                                                  const std::string& incident,
                                                  const std::stop_token& stop) {
  std::string url = fmt::format("{}/comments?{}", incident, version);
  std::string all;
  for (std::size_t i = 0; i < comment_pages_max && !url.empty(); ++i) {
    const auto answer = client.send({"GET", url, "", ""}, stop);
    if (!answer) return std::unexpected(answer.error());
    const auto page = read_odata_page(service, answer->body, "nextLink");
    if (!page) return std::unexpected(page.error());
    for (const std::string_view comment : page->records) {
      all += all.empty() ? "" : ",";
      all += comment;
    }
    url = page->next;
  }
  return "{\"value\":[" + all + "]}";
}

Answered<std::optional<ListedDetail>> SentinelIncidents::detail(ServiceClient& client,
                                                                const std::string& record,
                                                                const std::stop_token& stop) {
  const auto id = string_at(record, "id");
  const auto name = string_at(record, "name");
  if (!id || !name) return std::optional<ListedDetail>();
  // The address is ours; only the name is the incident's.
  const std::string incident = fmt::format("{}/{}", incidents_, base::percent_encode(*name));
  auto alerts =
      part(client, {"POST", fmt::format("{}/alerts?{}", incident, version), "", ""}, stop);
  if (!alerts) return std::unexpected(std::move(alerts.error()));
  auto entities =
      part(client, {"POST", fmt::format("{}/entities?{}", incident, version), "", ""}, stop);
  if (!entities) return std::unexpected(std::move(entities.error()));
  auto said = comments(client, incident, stop);
  if (!said) return std::unexpected(std::move(said.error()));
  base::JsonWriter head;
  head.begin_object().member("incident", *id).end_object();
  std::string payload = head.take();
  payload.pop_back();
  payload += ",\"record\":" + record + ",\"alerts\":" + *alerts + ",\"entities\":" + *entities +
             ",\"comments\":" + *said + "}";
  return ListedDetail{std::string(model::sentinel_incident_details_format), std::move(payload)};
}

}  // namespace

std::unique_ptr<Listing> sentinel_incidents(const std::string& address,
                                            const WorkspacePlace& place) {
  return std::make_unique<SentinelIncidents>(address, place);
}

Answered<std::string> sentinel_incident_now(ServiceClient& client, const WorkspacePlace& place,
                                            const std::string& id, const std::stop_token& stop) {
  SentinelIncidents listing(client.settings().address, place);
  auto answer = client.send(listing.one(std::string_view(id).substr(id.rfind('/') + 1)), stop);
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto whole = listing.detail(client, answer->body, stop);
  if (!whole) return std::unexpected(std::move(whole.error()));
  if (!*whole)
    return std::unexpected(
        not_whole(service, {base::ErrorCode::malformed, "it names no incident"}));
  return std::move((*whole)->payload);
}

}  // namespace vedette::collect::cloud
