#include "simulate/tenant/people.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "simulate/names.h"
#include "simulate/seeded_random.h"

namespace vedette::simulate::tenant {
namespace {

struct Surname {
  std::string_view shown, plain;
};
constexpr auto surnames = std::to_array<Surname>({
    {"Meyer", "meyer"},
    {"M\xC3\xBCller", "mueller"},
    {"Schmidt", "schmidt"},
    {"Fischer", "fischer"},
    {"Weber", "weber"},
    {"Novak", "novak"},
    {"Kowalski", "kowalski"},
    {"Nowak", "nowak"},
    {"O'Brien", "o'brien"},
    {"Murphy", "murphy"},
    {"Smith", "smith"},
    {"Jones", "jones"},
    {"Taylor", "taylor"},
    {"Brown", "brown"},
    {"Wilson", "wilson"},
    {"Garc\xC3\xAD"
     "a",
     "garcia"},
    {"Mart\xC3\xADnez", "martinez"},
    {"L\xC3\xB3pez", "lopez"},
    {"Dubois", "dubois"},
    {"Lef\xC3\xA8vre", "lefevre"},
    {"Moreau", "moreau"},
    {"Rossi", "rossi"},
    {"Bianchi", "bianchi"},
    {"Jansen", "jansen"},
    {"de Vries", "devries"},
    {"van Dijk", "vandijk"},
    {"Larsson", "larsson"},
    {"Nilsson", "nilsson"},
    {"Hansen", "hansen"},
    {"Nielsen", "nielsen"},
    {"Sharma", "sharma"},
    {"Patel", "patel"},
    {"Iyer", "iyer"},
    {"Reddy", "reddy"},
    {"Tanaka", "tanaka"},
    {"Sato", "sato"},
    {"Suzuki", "suzuki"},
    {"Chen", "chen"},
    {"Wang", "wang"},
    {"Lim", "lim"},
    {"Tan", "tan"},
    {"Nguyen", "nguyen"},
    {"Cohen", "cohen"},
    {"Levi", "levi"},
    {"Mizrahi", "mizrahi"},
    {"Silva", "silva"},
    {"Santos", "santos"},
    {"Pereira", "pereira"},
    {"Okafor", "okafor"},
    {"Adeyemi", "adeyemi"},
    {"Haddad", "haddad"},
    {"Khan", "khan"},
    {"Ali", "ali"},
    {"Ivanova", "ivanova"},
    {"Popescu", "popescu"},
    {"Horvat", "horvat"},
    {"Kim", "kim"},
    {"Park", "park"},
    {"Walker", "walker"},
    {"Campbell", "campbell"},
});

struct Department {
  std::string_view name, title;
  std::uint8_t weight;  // of 100
};
constexpr auto departments = std::to_array<Department>({
    {"Sales", "Account Manager", 22},
    {"Engineering", "Software Engineer", 28},
    {"Finance", "Controller", 10},
    {"Operations", "Operations Specialist", 16},
    {"Human Resources", "HR Partner", 5},
    {"Marketing", "Campaign Manager", 9},
    {"Support", "Support Engineer", 10},
});

constexpr auto service_names =
    std::to_array<std::string_view>({"svc-scanner", "svc-backup", "svc-crm-mail", "svc-reports"});

std::string capitalised(std::string_view name) {
  std::string text(name);
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

CityIndex pick_city(SeededRandom& random) {
  std::uint64_t left = random.below(100);
  for (std::size_t i = 0; i < cities().size(); ++i) {
    if (left < cities()[i].weight) return static_cast<CityIndex>(i);
    left -= cities()[i].weight;
  }
  return 0;
}

const Department& pick_department(SeededRandom& random) {
  std::uint64_t left = random.below(100);
  for (const Department& department : departments) {
    if (left < department.weight) return department;
    left -= department.weight;
  }
  return departments.front();
}

Shift pick_shift(const Department& department, SeededRandom& random) {
  if (department.name != "Operations" && department.name != "Support")
    return random.chance(80) ? Shift::part_time : Shift::office;
  switch (random.below(4)) {
    case 0:
      return Shift::early;
    case 1:
      return Shift::late;
    case 2:
      return Shift::night;
    default:
      return Shift::office;
  }
}

void give_habits(Person& person, SeededRandom& random) {
  person.uses_mac = random.chance(250);
  person.uses_iphone = random.chance(550);
  person.laptop_managed = random.chance(850);
  const auto& offices = networks_of(NetworkKind::office);
  const bool has_office = std::ranges::any_of(
      offices, [&](NetworkIndex index) { return networks()[index].city == person.city; });
  person.works_at_office = has_office && random.chance(600);
  person.uses_company_vpn = random.chance(300);
  person.uses_bought_vpn = random.chance(40);
  person.uses_relay = person.uses_iphone && random.chance(150);
  person.travels = random.chance(350);
  person.uses_mfa = random.chance(930);
}

struct RoleShape {
  std::string_view name;
  Identifier template_id;
  std::uint8_t active, eligible;
};
// The template ids are Microsoft's own, the same in every tenant.
constexpr auto role_shapes = std::to_array<RoleShape>({
    {"Global Administrator", {0x62e90394'69f5'4237, 0x9190'012177145e10}, 1, 2},
    {"User Administrator", {0xfe930be7'5e62'47db, 0x91af'98c3a49a38b1}, 2, 1},
    {"Security Administrator", {0x194ae4cb'b126'40b2, 0xbd5b'6091b380977d}, 1, 1},
    {"Exchange Administrator", {0x29232cdf'9323'42fd, 0xade2'1d097af3e4de}, 1, 0},
    {"Helpdesk Administrator", {0x729827e3'9c14'49f7, 0xbb1b'9608f156bbb8}, 2, 0},
    {"Application Administrator", {0x9b895d92'2cd3'44c7, 0x9d02'a6ac2d5ea5c3}, 1, 0},
    {"Privileged Role Administrator", {0xe8611ab8'c189'46e8, 0x94e1'60213ab1f814}, 0, 1},
    {"Reports Reader", {0x4a5d8f65'41da'4de4, 0x8968'e035b65339cf}, 1, 0},
});

struct WorkloadShape {
  std::string_view name;
  WorkloadKind kind;
  std::uint8_t resource;
  std::uint32_t every_s;
  bool uses_certificate;
};
constexpr auto workload_shapes = std::to_array<WorkloadShape>({
    {"northwind-backup", WorkloadKind::service_principal, 0, 900, true},
    {"northwind-hr-sync", WorkloadKind::service_principal, 0, 1'800, false},
    {"northwind-ci-deploy", WorkloadKind::service_principal, 3, 1'200, false},
    {"northwind-invoice-bot", WorkloadKind::service_principal, 1, 3'600, false},
    {"northwind-site-search", WorkloadKind::service_principal, 2, 1'800, true},
    {"northwind-siem-export", WorkloadKind::service_principal, 0, 600, true},
    {"vedette", WorkloadKind::service_principal, 0, 3'000, false},
    {"northwind-terraform", WorkloadKind::service_principal, 3, 7'200, false},
    {"vm-build-01", WorkloadKind::managed_identity, 4, 1'800, false},
    {"vm-build-02", WorkloadKind::managed_identity, 4, 1'800, false},
    {"func-orders", WorkloadKind::managed_identity, 4, 900, false},
    {"func-mailer", WorkloadKind::managed_identity, 4, 1'200, false},
    {"aks-agentpool", WorkloadKind::managed_identity, 3, 600, false},
});

}  // namespace

Directory::Directory(const TenantOptions& options) {
  add_people(options);
  add_workloads(options);
  add_roles(options);
  add_groups(options);
}

void Directory::add_people(const TenantOptions& options) {
  const auto given = people_names();
  const std::uint32_t guests = options.people * 8 / 100;
  const std::uint32_t dormant = options.people * 4 / 100;
  const auto services =
      static_cast<std::uint32_t>(std::min<std::size_t>(service_names.size(), options.people / 20));
  const std::uint32_t first_guest = options.people - guests - dormant - services;
  const std::uint32_t first_dormant = first_guest + guests;
  const std::uint32_t first_service = first_dormant + dormant;
  const std::uint64_t turn = base::hash_words(options.seed, 0x6e616d65) % 3'600;
  for (std::uint32_t i = 0; i < options.people; ++i) {
    SeededRandom random(base::hash_words(options.seed, 0x70656f + (std::uint64_t{i} << 20)));
    Person person;
    person.id = made_of(options, Thing::person, i);
    // Every pair of names once.
    const std::uint64_t number = (turn + i) % (given.size() * surnames.size());
    const std::size_t first = number % given.size();
    const Surname& last = surnames[(number / given.size() + first * 7) % surnames.size()];
    person.given_name = capitalised(given[first]);
    person.surname = last.shown;
    person.display_name = person.given_name + " " + person.surname;
    const std::string plain = std::string(given[first]) + "." + std::string(last.plain);
    person.user_principal_name = plain + "@" + options.domain;
    const Department& department = pick_department(random);
    person.department = department.name;
    person.job_title = department.title;
    person.city = pick_city(random);
    person.shift = pick_shift(department, random);
    person.manager = break_glass_accounts + i / 12;
    give_habits(person, random);
    if (i < break_glass_accounts) {
      person.kind = AccountKind::break_glass;
      person.given_name = "Emergency";
      person.surname = "Access " + std::to_string(i + 1);
      person.display_name = "Emergency Access " + std::to_string(i + 1);
      person.user_principal_name = "emergency" + std::to_string(i + 1) + "@" + options.domain;
      person.department = person.job_title = "";
    } else if (i >= first_service) {
      person.kind = AccountKind::service;
      person.display_name = service_names[i - first_service];
      person.given_name = person.surname = "";
      person.user_principal_name = person.display_name + "@" + options.domain;
      person.uses_mfa = false;
      person.city = 0;
    } else if (i >= first_dormant) {
      person.kind = AccountKind::dormant;
    } else if (i >= first_guest) {
      person.kind = AccountKind::guest;
      person.user_principal_name = plain + "_partner.example#EXT#@" + options.domain;
      person.department = person.job_title = "";
    } else {
      workers_.push_back(i);
    }
    people_.push_back(std::move(person));
  }
}

void Directory::add_workloads(const TenantOptions& options) {
  for (std::uint32_t i = 0; i < workload_shapes.size(); ++i) {
    const WorkloadShape& shape = workload_shapes[i];
    const auto exits = networks_of(NetworkKind::vpn);
    workloads_.push_back(
        {made_of(options, Thing::workload, i), made_of(options, Thing::workload_app, i),
         made_of(options, Thing::workload_key, i), std::string(shape.name), shape.kind,
         shape.resource, exits[i % 2], shape.every_s, shape.uses_certificate});
  }
}

void Directory::add_roles(const TenantOptions& options) {
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < role_shapes.size(); ++i) {
    const RoleShape& shape = role_shapes[i];
    Role role{made_of(options, Thing::role, i), shape.template_id, shape.name, {}, {}};
    if (i == 0)
      for (std::uint32_t account = 0; account < break_glass_accounts; ++account)
        role.active.push_back(account);
    for (int n = 0; n < shape.active + shape.eligible; ++n) {
      const std::uint32_t holder = workers_[next++ % workers_.size()];
      (n < shape.active ? role.active : role.eligible).push_back(holder);
      if (shape.name != "Reports Reader" &&
          std::ranges::find(administrators_, holder) == administrators_.end())
        administrators_.push_back(holder);
    }
    roles_.push_back(std::move(role));
  }
  for (const std::uint32_t administrator : administrators_) {
    people_[administrator].department = "IT";
    people_[administrator].job_title = "Systems Administrator";
    people_[administrator].shift = Shift::office;
    people_[administrator].uses_mfa = true;
  }
}

void Directory::add_groups(const TenantOptions& options) {
  const auto add = [&](std::string name, std::string description, bool unified, bool guarded,
                       auto belongs) {
    Group group{made_of(options, Thing::group, groups_.size()),
                std::move(name),
                std::move(description),
                unified,
                guarded,
                {}};
    for (std::uint32_t i = 0; i < people_.size(); ++i)
      if (belongs(people_[i], i)) group.members.push_back(i);
    groups_.push_back(std::move(group));
  };
  add("All Company", "Everybody", true, false,
      [](const Person& person, std::uint32_t) { return person.kind == AccountKind::member; });
  for (const Department& department : departments)
    add(std::string(department.name), "Department", true, false,
        [&](const Person& person, std::uint32_t) { return person.department == department.name; });
  add("Protected Accounts", "Never locked by a program", false, true,
      [](const Person& person, std::uint32_t i) {
        return person.kind == AccountKind::break_glass || i == break_glass_accounts;
      });
  add("On-call", "Works at any hour", false, false,
      [&](const Person&, std::uint32_t i) { return is_administrator(i) && i % 2 == 0; });
  add("Partners", "Guests", false, false,
      [](const Person& person, std::uint32_t) { return person.kind == AccountKind::guest; });
}

std::uint32_t Directory::find(std::string_view id_or_name) const {
  const auto id = parse_guid(id_or_name);
  for (std::uint32_t i = 0; i < people_.size(); ++i)
    if (id ? people_[i].id == *id
           : base::equals_ignoring_case(people_[i].user_principal_name, id_or_name))
      return i;
  return static_cast<std::uint32_t>(people_.size());
}

bool Directory::is_administrator(std::uint32_t person) const {
  return person < break_glass_accounts ||
         std::ranges::find(administrators_, person) != administrators_.end();
}

}  // namespace vedette::simulate::tenant
