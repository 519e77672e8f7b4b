// Owns: one sign-in or change as the identity detections keep it until nothing can come before it
// any more, and how it is made. Promises: owns its text; what a record of a later version says
// differs in `content`. Must not know: sources, detectors. The pipeline's thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/time.h"
#include "detect/identity/network_class.h"
#include "detect/state_blob.h"
#include "model/alert.h"
#include "model/change_event.h"
#include "model/sign_in.h"

namespace vedette::detect::identity {

using PlaceOf = std::function<const model::Location&(const base::IpAddress&)>;
using CountryCode = std::array<char, 2>;  // zeros: not known

// How sure the kind of place is from which a sign-in is said to come.
enum class Precision : std::uint8_t { none, country, city };

struct ObservedSignIn {
  // Where the person is known from: the autonomous system; of rented servers and VPNs, and where it
  // is not known, the address' /24 or /64, since strangers share the rest.
  std::uint64_t network = 0;
  std::uint64_t provider = 0;  // the autonomous system, where it is known
  std::uint64_t session = 0;   // hash; 0: not said
  std::uint64_t device = 0;    // hash of the directory's device (see below); 0: not one of it
  std::uint64_t agent = 0;     // hash of operating system and browser, without versions
  std::uint64_t program = 0;   // hash of what it calls itself (User-Agent), without its numbers
  float latitude = 0, longitude = 0;
  std::uint32_t autonomous_system = 0;
  std::uint32_t error_code = 0;
  CountryCode country{};
  model::SignInKind kind = model::SignInKind::interactive;
  model::SignInResult result = model::SignInResult::success;
  NetworkClass network_class = NetworkClass::unknown;
  Precision precision = Precision::none;
  std::uint8_t risk = 0;  // 0 none or not said, 1 low, 2 medium, 3 high
  bool presents_credentials = false;
  bool is_company_device = false;  // managed or compliant
  bool is_legacy = false;          // a protocol that sends the password with each log-in
  bool is_second_factor_fresh = false;
  bool is_single_factor = false;
  bool is_multi_factor = false;  // as far as it is said: neither may be
  bool is_guest = false;
  bool is_administration = false;  // a portal or shell that rules the tenant
  bool user_exists = true;
};

struct ObservedChange {
  std::string activity, target, container,
      terms;  // terms: what the record says that raises severity
  model::ChangeOperation operation = model::ChangeOperation::other;
  model::ObjectKind target_kind = model::ObjectKind::none;
  model::ObjectKind container_kind = model::ObjectKind::none;
  bool is_privileged = false;
  bool is_success = true;
};

struct Observed {
  base::Timestamp time;
  std::uint64_t id = 0;
  std::uint64_t content = 0;
  std::uint64_t person = 0;  // hash of the name in lower case
  base::IpAddress address;
  std::string user;  // in lower case
  std::string user_id, city, application, client;
  std::string program;  // as it calls itself; only of wrong credentials
  ObservedSignIn sign_in;
  std::unique_ptr<ObservedChange> change;  // null: a sign-in
};

// The directory's devices and what only looks like one, in one number: the highest bit tells.
[[nodiscard]] inline bool is_of_directory(std::uint64_t device) {
  return device >> 63U != 0;
}

// False: nothing that the detections look at (a workload's sign-in, an event without a name).
[[nodiscard]] bool is_observed(const model::SignIn& sign_in);
[[nodiscard]] Observed observe(const model::SignIn& sign_in, const PlaceOf& place_of);
[[nodiscard]] Observed observe(const model::ChangeEvent& change);

void save(const Observed& observed, BlobWriter& out);
[[nodiscard]] Observed restore_observed(BlobReader& in);

[[nodiscard]] inline std::string_view view(const CountryCode& country) {
  return {country.data(), country[0] == 0 ? 0U : 2U};
}

}  // namespace vedette::detect::identity
