#include "cloud/endpoints.h"

namespace vedette::cloud {
namespace {

Service service(std::string address, const std::string& audience) {
  return {std::move(address), audience + "/.default"};
}

Service service(const std::string& address) {
  return service(address, address);
}

}  // namespace

Endpoints endpoints_of(Cloud cloud) {
  Endpoints e;
  switch (cloud) {
    case Cloud::global:
      e.authority = "https://login.microsoftonline.com";
      e.graph = service("https://graph.microsoft.com");
      e.arm = service("https://management.azure.com");
      // The token's audience is the older name of the same service.
      e.log_analytics =
          service("https://api.loganalytics.azure.com", "https://api.loganalytics.io");
      e.management_activity = service("https://manage.office.com");
      e.monitor = service("https://monitor.azure.com");
      e.threat_intelligence =
          service("https://api.ti.sentinel.azure.com", "https://management.azure.com");
      e.mail_scope = "https://outlook.office365.com/.default";
      break;
    case Cloud::us_government:
    case Cloud::us_defense:
      e.authority = "https://login.microsoftonline.us";
      e.graph = service(cloud == Cloud::us_government ? "https://graph.microsoft.us"
                                                      : "https://dod-graph.microsoft.us");
      e.arm = service("https://management.usgovcloudapi.net");
      e.log_analytics = service("https://api.loganalytics.us");
      e.management_activity =
          service(cloud == Cloud::us_government ? "https://manage.office365.us"
                                                : "https://manage.protection.apps.mil");
      e.monitor = service("https://monitor.azure.us");
      e.threat_intelligence =
          service("https://api.ti.sentinel.azure.us", "https://management.usgovcloudapi.net");
      e.vault = {"vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net/.default"};
      e.mail_scope = "https://outlook.office365.us/.default";
      break;
    case Cloud::china:  // offers no Management Activity API, and no known place to upload to
      e.authority = "https://login.chinacloudapi.cn";
      e.graph = service("https://microsoftgraph.chinacloudapi.cn");
      e.arm = service("https://management.chinacloudapi.cn");
      e.log_analytics = service("https://api.loganalytics.azure.cn");
      e.monitor = service("https://monitor.azure.cn");
      e.threat_intelligence = {"", "https://management.chinacloudapi.cn/.default"};
      e.vault = {"vault.azure.cn", "https://vault.azure.cn/.default"};
      e.mail_scope = "https://partner.outlook.cn/.default";
      break;
  }
  return e;
}

}  // namespace vedette::cloud
