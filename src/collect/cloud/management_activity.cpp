#include <fmt/format.h>

#include "base/http_text.h"
#include "collect/cloud/azure_listings.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::string_view service = "the Management Activity API";
constexpr std::string_view already_enabled = "AF20024";

// Two stages: a window lists contents (each some records in one blob), and each is fetched.
class ManagementActivity : public Listing {
 public:
  ManagementActivity(std::string address, std::string tenant, std::string content_type)
      : address_(std::move(address)),
        tenant_(std::move(tenant)),
        content_type_(std::move(content_type)) {}

  [[nodiscard]] std::string title() const override { return "unified audit, " + content_type_; }
  [[nodiscard]] std::string format() const override {
    return std::string(model::management_activity_format);
  }
  [[nodiscard]] bool keeps_pages() const override { return false; }
  [[nodiscard]] std::string needs(TroubleKind kind) const override {
    if (kind == TroubleKind::forbidden || kind == TroubleKind::sign_in)
      return "grant the app ActivityFeed.Read of Office 365 Management APIs (application "
             "permission) with admin consent";
    if (kind == TroubleKind::refused || kind == TroubleKind::absent)
      return "switch auditing on in the Microsoft Purview portal (Audit > Start recording), and "
             "set "
             "the tenant's id as a GUID; it takes up to a day";
    return {};
  }
  [[nodiscard]] std::size_t page_size_max() const override { return 200; }
  // Contents are listed for seven days; a little less, so that the first request is not refused.
  [[nodiscard]] base::Duration keeps() const override { return base::Duration::hours(7 * 24 - 1); }
  [[nodiscard]] base::Duration window_max() const override { return base::Duration::hours(24); }

  [[nodiscard]] Answered<void> prepare(ServiceClient& client,
                                       const std::stop_token& stop) override {
    ServiceRequest request;
    request.method = "POST";
    request.url = url("start", "");
    const auto started = client.send(request, stop);
    if (started || started.error().code == already_enabled) return {};
    return std::unexpected(started.error());
  }

  [[nodiscard]] ServiceRequest first_page(const Window& window, std::size_t) const override {
    ServiceRequest request;
    request.url =
        url("content", fmt::format("&startTime={}&endTime={}", bare(window.from), bare(window.to)));
    return request;
  }
  [[nodiscard]] Answered<ListedPage> read(const ServiceAnswer& answer) override {
    auto contents = elements_of(answer.body);
    if (!contents) return std::unexpected(not_whole(service, contents.error()));
    ListedPage page;
    page.records = std::move(*contents);
    page.next = answer.next_page;
    return page;
  }
  [[nodiscard]] std::string document(const std::vector<std::string_view>& records) const override {
    return array_document(records);
  }
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::string_view record) const override {
    const auto text = string_at(record, "contentCreated");
    return text ? base::parse_iso(*text) : std::nullopt;
  }

  [[nodiscard]] bool has_details() const override { return true; }
  [[nodiscard]] Answered<std::optional<ListedDetail>> detail(ServiceClient& client,
                                                             const std::string& record,
                                                             const std::stop_token& stop) override {
    const auto address = string_at(record, "contentUri");
    if (!address) return std::optional<ListedDetail>();
    auto answer = client.send({"GET", *address, "", ""}, stop);
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (const auto records = elements_of(answer->body); !records)
      return std::unexpected(not_whole(service, records.error()));
    return ListedDetail{std::string(model::management_activity_format), std::move(answer->body)};
  }

 private:
  [[nodiscard]] std::string url(std::string_view verb, std::string_view more) const {
    const std::string tenant = base::percent_encode(tenant_);
    return fmt::format(
        "{}/api/v1.0/{}/activity/feed/subscriptions/{}?contentType={}{}&PublisherIdentifier={}",
        address_, tenant, verb, base::percent_encode(content_type_), more, tenant);
  }
  // 2026-06-01T08:15:30, without a zone.
  [[nodiscard]] static std::string bare(base::Timestamp time) {
    return base::format_iso(time).substr(0, 19);
  }

  const std::string address_, tenant_, content_type_;
};

}  // namespace

std::unique_ptr<Listing> management_activity(const std::string& address, const std::string& tenant,
                                             const std::string& content_type) {
  return std::make_unique<ManagementActivity>(address, tenant, content_type);
}

}  // namespace vedette::collect::cloud
