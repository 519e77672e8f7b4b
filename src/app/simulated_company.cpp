#include "app/simulated_company.h"

#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "app/command.h"
#include "app/private_file.h"
#include "app/tenant_door.h"
#include "net/http_receiver.h"
#include "simulate/authlog.h"
#include "simulate/live.h"
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

}  // namespace

struct SimulatedCompany::Parts {
  explicit Parts(ports::Clock& clock_in) : clock(clock_in), company(options_of(clock), clock) {}

  ports::Clock& clock;
  tenant::Tenant company;
  std::unique_ptr<net::HttpReceiver> door;
  std::jthread writer;
};

SimulatedCompany::SimulatedCompany(ports::Clock& clock) : parts_(std::make_unique<Parts>(clock)) {}

SimulatedCompany::~SimulatedCompany() = default;

Result<void> SimulatedCompany::open() {
  parts_->door = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), 0,
      [this](const auto& request) { return answer_as_tenant(parts_->company, request); }));
  return {};
}

Result<std::string> SimulatedCompany::settings(const std::filesystem::path& folder) {
  const auto& options = parts_->company.options();
  const std::string secret = (folder / "tenant-secret").string();
  VEDETTE_TRY_VOID(write_private_file(secret, options.client_secret));
  return tenant_settings(options, tenant_url(parts_->door->port()), "file:" + secret) +
         fmt::format(R"(  name = "northwind"
  collect = ["sign-ins", "audits", "risk", "identities", "activity", "sentinel"]
  activity = ["Audit.Exchange", "Audit.SharePoint"]
  interval = "30s"
  back_fill_days = {}

  [[file]]
  path = "{}"
  read = "all"

  [normalise]
  zone = "UTC"
)",
                     days, log_of(folder));
}

void SimulatedCompany::play(const std::filesystem::path& folder) {
  parts_->writer = std::jthread([this, path = log_of(folder)](const std::stop_token& stop) {
    write_story(path, simulate::story_options(parts_->clock.now()), parts_->clock, stop);
  });
}

}  // namespace vedette::app
