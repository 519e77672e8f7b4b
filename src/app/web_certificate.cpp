#include "app/web_certificate.h"

#include <filesystem>

#include "app/private_file.h"
#include "base/loopback.h"
#include "net/made_certificate.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using net::TlsFiles;

// As long as browsers allow that somebody trusts one by hand.
constexpr Duration good_for = Duration::hours(825L * 24);
constexpr Duration made_before_end = Duration::hours(30L * 24);

// The names under which this machine may be asked for.
std::vector<std::string> names_of(const Configuration& configuration) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  const auto& address = configuration.http_address;
  const bool is_all = address == base::IpAddress() || address == base::IpAddress::from_v4(0);
  if (!is_all && !base::is_loopback(address)) names.push_back(base::format_ip(address));
  for (const auto& host : configuration.http_hosts) names.push_back(host);
  return names;
}

Result<void> make(const TlsFiles& files, const Configuration& configuration, ports::Clock& clock) {
  std::error_code error;
  const auto folder = std::filesystem::path(files.key).parent_path();
  std::filesystem::create_directories(folder, error);
  if (error) return base::system_failure("cannot make " + folder.string(), error.value());
  const auto now = clock.now();
  // From a day before, for browsers whose clock is behind.
  const auto made = VEDETTE_TRY(
      net::make_certificate(names_of(configuration), now - Duration::hours(24), now + good_for));
  VEDETTE_TRY_VOID(write_private_file(files.key, made.key.reveal()));
  return write_private_file(files.certificate, made.certificate);
}

}  // namespace

Result<std::unique_ptr<net::TlsIdentity>> find_web_certificate(const Configuration& configuration,
                                                               const DataLayout& data,
                                                               ports::Clock& clock,
                                                               ServiceLog& log) {
  if (!configuration.speaks_tls()) return nullptr;
  TlsFiles files{configuration.http_certificate, configuration.http_key};
  const bool is_ours = files.certificate.empty();
  if (is_ours) {
    files = {data.web_certificate(), data.web_key()};
    const auto facts = net::read_certificate(files.certificate);
    if (!facts || facts->expires - clock.now() < made_before_end)
      VEDETTE_TRY_VOID(make(files, configuration, clock));
  }
  const auto facts = VEDETTE_TRY(net::read_certificate(files.certificate));
  auto identity = VEDETTE_TRY(net::TlsIdentity::load(
      files, [&log](const std::string& words) { log.warning("notice", {{"text", words}}); }));
  log.info("certificate", {{"kind", is_ours ? "made here: compare the fingerprint" : "own"},
                           {"sha256", facts.fingerprint},
                           {"expires", base::format_iso(facts.expires)}});
  return identity;
}

}  // namespace vedette::app
