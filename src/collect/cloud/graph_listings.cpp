#include "collect/cloud/graph_listings.h"

#include <fmt/format.h>

#include <array>

#include "base/http_text.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::array<std::string_view, 4> kind_names{"interactive", "non-interactive",
                                                     "service-principal", "managed-identity"};
// As signInEventTypes calls them; without a filter beta lists the interactive ones.
constexpr std::array<std::string_view, 4> event_types{"", "nonInteractiveUser", "servicePrincipal",
                                                      "managedIdentity"};
constexpr std::array<std::string_view, 4> kind_titles{
    "interactive sign-ins", "non-interactive sign-ins", "service principals' sign-ins",
    "managed identities' sign-ins"};

struct GraphShape {
  std::string title, format, version, path, time, filter;
  std::size_t page_size = 1'000;
  base::Duration keeps = base::Duration::hours(24 * 30);
  std::string permissions, licence;
  bool has_v1 = false;
};

class GraphListing : public Listing {
 public:
  GraphListing(std::string address, GraphShape shape)
      : address_(std::move(address)), shape_(std::move(shape)) {}

  [[nodiscard]] std::string title() const override { return shape_.title; }
  [[nodiscard]] std::string format() const override { return shape_.format; }
  [[nodiscard]] std::size_t page_size_max() const override { return shape_.page_size; }
  [[nodiscard]] base::Duration keeps() const override { return shape_.keeps; }
  // It takes any, and needs the longer the wider one is.
  [[nodiscard]] base::Duration window_max() const override { return base::Duration::hours(24 * 7); }

  [[nodiscard]] std::string needs(TroubleKind kind) const override {
    if (kind == TroubleKind::licence) return shape_.licence;
    if (kind == TroubleKind::forbidden)
      return fmt::format("grant the app {} (application permissions) with admin consent",
                         shape_.permissions);
    return {};
  }

  [[nodiscard]] ServiceRequest first_page(const Window& window,
                                          std::size_t page_size) const override {
    std::string filter = window_filter(shape_.time, window);
    if (!is_fallen_back_ && !shape_.filter.empty()) filter += " and " + shape_.filter;
    ServiceRequest request;
    request.url = fmt::format("{}/{}{}?$filter={}&$top={}", address_,
                              is_fallen_back_ ? "v1.0" : shape_.version, shape_.path,
                              base::percent_encode(filter), page_size);
    return request;
  }

  [[nodiscard]] Answered<ListedPage> read(const ServiceAnswer& answer) override {
    return read_odata_page("Microsoft Graph", answer.body, "@odata.nextLink");
  }
  [[nodiscard]] std::string document(const std::vector<std::string_view>& records) const override {
    return odata_document(records);
  }
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::string_view record) const override {
    const auto text = string_at(record, shape_.time);
    return text ? base::parse_iso(*text) : std::nullopt;
  }

  bool use_fall_back(bool use) override {
    is_fallen_back_ = use && shape_.has_v1;
    return is_fallen_back_;
  }
  [[nodiscard]] std::string fall_back_note() const override {
    return "beta does not answer as it did, so v1.0 is read: authentication details, ASN, session "
           "and token ids and user types are missing: stolen_session sees nothing, "
           "impossible_travel and unusual_location know of no second factor";
  }

 private:
  const std::string address_;
  const GraphShape shape_;
  bool is_fallen_back_ = false;
};

}  // namespace

std::string_view name_of(SignInKind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::unique_ptr<Listing> sign_ins(const std::string& address, SignInKind kind) {
  const auto at = static_cast<std::size_t>(kind);
  GraphShape shape;
  shape.title = kind_titles.at(at);
  shape.format = model::graph_sign_ins_format;
  shape.version = "beta";
  shape.path = "/auditLogs/signIns";
  shape.time = "createdDateTime";
  if (!event_types.at(at).empty())
    shape.filter = fmt::format("signInEventTypes/any(t: t eq '{}')", event_types.at(at));
  shape.permissions = "AuditLog.Read.All and Directory.Read.All";
  shape.licence =
      "sign-ins over the API need Entra ID P1 or P2; without it log-ins come from the unified "
      "audit "
      "log (Management Activity, Audit.AzureActiveDirectory)";
  shape.has_v1 = kind == SignInKind::interactive;
  return std::make_unique<GraphListing>(address, std::move(shape));
}

std::unique_ptr<Listing> directory_audits(const std::string& address) {
  GraphShape shape;
  shape.title = "directory audits";
  shape.format = model::graph_directory_audits_format;
  shape.version = "v1.0";
  shape.path = "/auditLogs/directoryAudits";
  shape.time = "activityDateTime";
  shape.permissions = "AuditLog.Read.All and Directory.Read.All";
  return std::make_unique<GraphListing>(address, std::move(shape));
}

std::unique_ptr<Listing> risk_detections(const std::string& address) {
  GraphShape shape;
  shape.title = "risk detections";
  shape.format = model::graph_risk_detections_format;
  shape.version = "v1.0";
  shape.path = "/identityProtection/riskDetections";
  shape.time = "lastUpdatedDateTime";
  shape.page_size = 500;
  shape.keeps = base::Duration::hours(24 * 90);
  shape.permissions = "IdentityRiskEvent.Read.All";
  shape.licence = "risk detections need Entra ID P2";
  return std::make_unique<GraphListing>(address, std::move(shape));
}

std::unique_ptr<Listing> risky_users(const std::string& address) {
  GraphShape shape;
  shape.title = "risky users";
  shape.format = model::graph_risky_users_format;
  shape.version = "v1.0";
  shape.path = "/identityProtection/riskyUsers";
  shape.time = "riskLastUpdatedDateTime";
  shape.page_size = 500;
  shape.keeps = base::Duration::hours(24 * 365);
  shape.permissions = "IdentityRiskyUser.Read.All";
  shape.licence = "risky users need Entra ID P2";
  return std::make_unique<GraphListing>(address, std::move(shape));
}

}  // namespace vedette::collect::cloud
