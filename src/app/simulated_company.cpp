#include "app/simulated_company.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "app/command.h"
#include "app/private_file.h"
#include "app/tenant_door.h"
#include "net/http_receiver.h"
#include "simulate/authlog.h"
#include "simulate/live.h"
#include "simulate/misp/misp_server.h"
#include "simulate/rdp_visitor.h"
#include "simulate/story.h"
#include "simulate/tenant/tenant.h"

namespace vedette::app {
namespace {

using base::Result;

namespace tenant = simulate::tenant;

// Writes the story's lines into the file, story_speed times as fast as their stamps.
void write_story(const std::filesystem::path& path, const simulate::AuthlogOptions& options,
                 ports::Clock& clock, const std::stop_token& stop) {
  std::ofstream file(path, std::ios::app);
  simulate::AuthlogGenerator generator(options);
  const auto write = [&](std::string_view line) -> Result<void> {
    file << line << std::flush;
    if (file) return {};
    return base::failure(base::ErrorCode::unavailable, "cannot write " + path.string());
  };
  const auto written =
      simulate::write_live(generator, options.start, simulate::story_speed, write, clock, stop);
  if (!written) print_error(written.error().message);
}

// A community's MISP, which names the visitor's address.
simulate::misp::MispOptions misp_options() {
  simulate::misp::MispOptions options;
  options.attributes = 300;
  options.days = static_cast<int>(SimulatedCompany::days);
  options.indicators = {std::string(simulate::rdp_visitor_address)};
  return options;
}

constexpr base::Duration visit_pause = base::Duration::seconds(5);

// The visitor comes once the MISP has told who he is, a try in five seconds.
void write_visit(const std::filesystem::path& path, const std::atomic<bool>& is_named,
                 ports::Clock& clock, const std::stop_token& stop) {
  std::ofstream file(path, std::ios::app);
  for (std::uint64_t number = 0; number <= simulate::rdp_visitor_tries;) {
    if (!clock.sleep(visit_pause, stop)) return;
    if (is_named) file << simulate::write_rdp_try(clock.now(), ++number) << std::flush;
  }
}

tenant::TenantOptions options_of(const ports::Clock& clock) {
  tenant::TenantOptions options;
  options.people = SimulatedCompany::people;
  options.days = SimulatedCompany::days;
  options.start = clock.now();
  options.story = true;
  return options;
}

std::string log_of(const std::filesystem::path& folder) {
  return (folder / "auth.log").string();
}
std::string windows_log_of(const std::filesystem::path& folder) {
  return (folder / "rdp-gate.ndjson").string();
}

}  // namespace

struct SimulatedCompany::Parts {
  explicit Parts(ports::Clock& clock_in)
      : clock(clock_in), company(options_of(clock), clock), misp(misp_options(), {}, clock) {}

  ports::Clock& clock;
  tenant::Tenant company;
  simulate::misp::MispServer misp;
  std::atomic<bool> is_named = false;  // somebody was told who the visitor is
  std::unique_ptr<net::HttpReceiver> door, misp_door;
  std::jthread writer, visitor;
};

SimulatedCompany::SimulatedCompany(ports::Clock& clock) : parts_(std::make_unique<Parts>(clock)) {}

SimulatedCompany::~SimulatedCompany() = default;

Result<void> SimulatedCompany::open() {
  parts_->door = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), 0,
      [this](const auto& request) { return answer_as_tenant(parts_->company, request); }));
  parts_->misp_door = VEDETTE_TRY(
      net::HttpReceiver::listen(*base::parse_ip("127.0.0.1"), 0, [this](const auto& request) {
        auto reply = answer_as_service(
            [this](const tenant::TenantRequest& asked) { return parts_->misp.answer(asked); },
            request);
        if (reply.body.find(simulate::rdp_visitor_address) != std::string::npos)
          parts_->is_named = true;
        return reply;
      }));
  return {};
}

Result<std::string> SimulatedCompany::settings(const std::filesystem::path& folder) {
  const auto& options = parts_->company.options();
  const std::string secret = (folder / "tenant-secret").string();
  VEDETTE_TRY_VOID(write_private_file(secret, options.client_secret));
  const std::string key = (folder / "misp-key").string();
  VEDETTE_TRY_VOID(write_private_file(key, misp_options().key));
  return tenant_settings(options, tenant_url(parts_->door->port()), "file:" + secret) +
         fmt::format(R"(  name = "northwind"
  collect = ["sign-ins", "audits", "risk", "identities", "activity", "sentinel"]
  activity = ["Audit.Exchange", "Audit.SharePoint"]
  interval = "30s"
  back_fill_days = {}

  [[file]]
  path = "{}"
  read = "all"

  [[file]]
  path = "{}"
  format = "windows"
  read = "all"

  [[misp]]
  name = "community"
  url = "{}"
  key = "file:{}"
  interval = "1m"
  sightings = true

  [[push]]
  name = "sentinel"
  tenant = "northwind"
  workspace_id = "{}"
  confidence = 75
  interval = "1m"

  [normalise]
  zone = "UTC"
)",
                     days, log_of(folder), windows_log_of(folder),
                     tenant_url(parts_->misp_door->port()), key, tenant::workspace_id);
}

void SimulatedCompany::play(const std::filesystem::path& folder) {
  parts_->writer = std::jthread([this, path = log_of(folder)](const std::stop_token& stop) {
    write_story(path, simulate::story_options(parts_->clock.now()), parts_->clock, stop);
  });
  parts_->visitor =
      std::jthread([this, path = windows_log_of(folder)](const std::stop_token& stop) {
        write_visit(path, parts_->is_named, parts_->clock, stop);
      });
}

}  // namespace vedette::app
