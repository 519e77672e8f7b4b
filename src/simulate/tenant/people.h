// Owns: who is in the simulated tenant: people with their homes, hours, devices and habits;
// administrators, guests, dormant and break-glass accounts, accounts that programs use; workloads
// (service principals, managed identities); groups and directory roles.
// Promises: the same options give the same people; nothing here ever changes (what is changed
// through the API lies in accounts.h). Must not know: what they do. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/tenant/identifier.h"
#include "simulate/tenant/options.h"
#include "simulate/tenant/places.h"

namespace vedette::simulate::tenant {

enum class AccountKind : std::uint8_t {
  member,
  guest,
  break_glass,  // for the day when nothing else works: never used
  dormant,      // has not signed in for months
  service,      // a mailbox that a scanner or a program sends from, by legacy protocols
};

enum class Shift : std::uint8_t { office, early, late, night, part_time };

struct Person {
  Identifier id;
  std::string given_name, surname, display_name, user_principal_name, department, job_title;
  AccountKind kind = AccountKind::member;
  Shift shift = Shift::office;
  CityIndex city = 0;
  bool uses_mac = false, uses_iphone = true;
  bool laptop_managed = true;
  bool works_at_office = false;   // else from home
  bool uses_company_vpn = false;  // on some days
  bool uses_bought_vpn = false;
  bool uses_relay = false;  // iCloud Private Relay, on the phone
  bool travels = false;
  bool uses_mfa = true;
  std::uint32_t manager = 0;
};

enum class WorkloadKind : std::uint8_t { service_principal, managed_identity };

struct Workload {
  Identifier id, app_id, key_id;
  std::string name;
  WorkloadKind kind = WorkloadKind::service_principal;
  std::uint8_t resource = 0;  // index in resources()
  NetworkIndex network = 0;
  std::uint32_t every_s = 900;
  bool uses_certificate = false;
};

struct Group {
  Identifier id;
  std::string name, description;
  bool is_unified = false;  // else a security group
  bool is_protected = false;
  std::vector<std::uint32_t> members;
};

struct Role {
  Identifier id, template_id;
  std::string_view name;
  std::vector<std::uint32_t> active, eligible;
};

class Directory {
 public:
  explicit Directory(const TenantOptions& options);

  [[nodiscard]] const std::vector<Person>& people() const { return people_; }
  [[nodiscard]] const Person& person(std::uint32_t index) const { return people_[index]; }
  [[nodiscard]] const std::vector<Workload>& workloads() const { return workloads_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] const std::vector<Role>& roles() const { return roles_; }
  // The person of an object id or user principal name (any case); people().size() for nobody.
  [[nodiscard]] std::uint32_t find(std::string_view id_or_name) const;
  [[nodiscard]] bool is_administrator(std::uint32_t person) const;
  // Members who work every day: whom attacks are made on.
  [[nodiscard]] const std::vector<std::uint32_t>& workers() const { return workers_; }
  [[nodiscard]] const std::vector<std::uint32_t>& administrators() const { return administrators_; }

 private:
  void add_people(const TenantOptions& options);
  void add_workloads(const TenantOptions& options);
  void add_groups(const TenantOptions& options);
  void add_roles(const TenantOptions& options);

  std::vector<Person> people_;
  std::vector<Workload> workloads_;
  std::vector<Group> groups_;
  std::vector<Role> roles_;
  std::vector<std::uint32_t> workers_, administrators_;
};

inline constexpr std::uint32_t break_glass_accounts = 2;

// Kinds of things that made_of() names.
enum class Thing : std::uint8_t {
  person,
  workload,
  workload_app,
  workload_key,
  group,
  role,
  laptop,
  phone,
  session,
  policy,
  location,
  resource_principal,
  licence,
  incident,
  alert,
  rule,
  comment,
  cloud_resource,
};
[[nodiscard]] constexpr Identifier made_of(const TenantOptions& options, Thing thing,
                                           std::uint64_t n) {
  return made_of(options.seed, static_cast<std::uint64_t>(thing), n);
}

}  // namespace vedette::simulate::tenant
