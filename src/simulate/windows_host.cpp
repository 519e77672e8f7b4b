#include "simulate/windows_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "simulate/addresses.h"
#include "simulate/seeded_random.h"

namespace vedette::simulate {
namespace {

using base::Duration;
using base::Timestamp;
using Data = std::vector<std::pair<std::string_view, std::string>>;

constexpr std::string_view host = "RDP01.corp.example", domain = "CORP";
constexpr std::string_view auditing = "Microsoft-Windows-Security-Auditing";
constexpr std::string_view sessions = "Microsoft-Windows-TerminalServices-LocalSessionManager";
constexpr std::string_view connections =
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager";

struct Event {
  Timestamp time;
  std::uint32_t id = 0;
  std::string_view provider;
  Data data;
};

struct Person {
  std::string name;
  std::string address;  // where he comes from
  std::string workstation;
  bool is_admin = false;
};

// What a guess is made with.
struct Guess {
  std::string user, address, workstation;
  bool is_desktop = true;  // over Remote Desktop; else file sharing
  bool user_exists = true;
};

std::string event_xml_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

}  // namespace

base::Result<void> check(const WindowsHostOptions& options) {
  if (options.days >= 1 && options.days <= 365) return {};
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("--days is {}; it must be from 1 to 365", options.days));
}

class WindowsHost::Engine {
 public:
  explicit Engine(const WindowsHostOptions& options)
      : options_(options), random_(options.seed), addresses_(options.seed) {
    constexpr auto names =
        std::to_array<std::string_view>({"ada.lovelace", "g.hopper", "a.turing", "e.dijkstra",
                                         "b.liskov", "d.knuth", "k.thompson"});
    for (std::size_t i = 0; i < names.size(); ++i)
      staff_.push_back({std::string(names[i]), fmt::format("10.20.0.{}", 30 + i),
                        fmt::format("WS{}", 30 + i), i == 2});
    // One works from home, over the open port.
    staff_.push_back({"r.perlman", base::format_ip(addresses_.next(random_)), "HOME-PC", false});
    has_come_.resize(staff_.size());
  }

  void on_alert(std::function<void(const PlannedAlert&)> callback) {
    on_alert_ = std::move(callback);
  }
  const WindowsHostCounts& counts() const { return counts_; }

  std::optional<Timestamp> append_event(std::string& out) {
    while (next_ == events_.size()) {
      if (day_ == options_.days) return std::nullopt;
      plan_day();
    }
    const Event& event = events_[next_++];
    ++record_;
    ++counts_.events;
    if (event.id == 4625) ++counts_.failures;
    options_.format == WindowsEventFormat::json ? write_json(event, out) : write_xml(event, out);
    return event.time;
  }

 private:
  // ---- one day ----

  void plan_day() {
    events_.clear();
    next_ = 0;
    const Timestamp day = options_.start + Duration::hours(24 * day_);
    for (int minute = 0; minute < 24 * 60; minute += 15)
      plan_machines(day + Duration::minutes(minute));
    if (const auto weekday = day_ % 7; weekday < 5)
      for (std::size_t i = 0; i < staff_.size(); ++i) plan_work(day, i);
    // The first day teaches who belongs there.
    if (options_.attacks && day_ > 0) plan_attacks(day);
    std::ranges::stable_sort(events_, {}, &Event::time);
    ++day_;
  }
  Timestamp at(Timestamp day, int from_minute, int to_minute) {
    return day +
           Duration::milliseconds(random_.between(from_minute * 60'000LL, to_minute * 60'000LL));
  }
  std::string next_log_on() { return fmt::format("0x{:x}", log_on_ += 1 + random_.below(900)); }

  void plan_machines(Timestamp time) {
    const std::string service = "0x3e7", machine = next_log_on();
    add(time, 4624, log_on("SYSTEM", "S-1-5-18", "5", service, "-", "-", "Negotiate"));
    add(time, 4672,
        {{"SubjectUserSid", "S-1-5-18"},
         {"SubjectUserName", "SYSTEM"},
         {"SubjectDomainName", "NT AUTHORITY"},
         {"SubjectLogonId", service},
         {"PrivilegeList", "SeTcbPrivilege"}});
    const Timestamp after = time + Duration::seconds(random_.between(1, 200));
    add(after, 4624,
        log_on("DC01$", "S-1-5-21-9-9-9-1001", "3", machine, "10.20.0.2", "49731", "Kerberos"));
    add(after + Duration::seconds(11), 4634, log_off("DC01$", "S-1-5-21-9-9-9-1001", machine, "3"));
  }

  void plan_work(Timestamp day, std::size_t i) {
    const Person& person = staff_[i];
    const Timestamp come = at(day, 7 * 60 + 30, 10 * 60);
    // Who mistypes does so once, and reads what he typed.
    if (random_.chance(80))
      fail(come - Duration::seconds(random_.between(40, 90)),
           {person.name, person.address, person.workstation});
    session(come, person, true);
    if (random_.chance(400))
      session(come + Duration::minutes(random_.between(240, 300)), person, false);
    // The first time from there is news, and the last.
    if (!has_come_[i]) plan_desktop("first_session", person.address, person.name, come);
    has_come_[i] = true;
    // The office has a file server too.
    const Timestamp later = come + Duration::minutes(random_.between(20, 200));
    const std::string id = next_log_on();
    add(later, 4624,
        log_on(person.name, sid_of(person.name), "3", id, "10.20.0.9", "50122", "Kerberos"));
    add(later + Duration::minutes(3), 4634, log_off(person.name, sid_of(person.name), id, "3"));
  }

  void plan_attacks(Timestamp day) {
    for (int i = 0; i < 20; ++i) scan(at(day, 0, 1'400));
    switch (day_ % 7) {
      case 1:
        return brute_force(at(day, 60, 300), true, true);
      case 2:
        spray(at(day, 60, 300), true);
        return spray(at(day, 700, 900), false);
      case 3:
        return brute_force(at(day, 60, 300), true, false);
      case 4:
        return brute_force(at(day, 60, 300), false, false);
      case 5:
        return lock_outs(at(day, 60, 300));
      case 6:
        return take_over(at(day, 60, 300));
      default:
        return tunnel(at(day, 60, 300));
    }
  }

  // ---- attacks ----

  // One try and gone: nobody owes an alert for it.
  void scan(Timestamp time) {
    constexpr auto names =
        std::to_array<std::string_view>({"Administrator", "admin", "user", "test"});
    const auto index = random_.index(names.size());
    fail(time, {std::string(names[index]), base::format_ip(addresses_.next(random_)), "-", true,
                index == 0});
  }

  void brute_force(Timestamp time, bool is_desktop, bool succeeds) {
    const std::string address = base::format_ip(addresses_.next(random_));
    const int tries = static_cast<int>(random_.between(20, 60));
    PlannedAlert alert =
        planned("brute_force", is_desktop ? "rdp_guessing" : "smb_guessing", address, time);
    Timestamp last = time;
    for (int i = 0; i < tries; ++i) {
      last = time + Duration::seconds(2 * i);
      fail(last, {"Administrator", address, "KALI", is_desktop, true});
    }
    alert.last_event = last;
    alert.attempts = static_cast<std::uint64_t>(tries);
    alert.users = {"Administrator"};
    tell(alert);
    if (!succeeds) return;
    const Timestamp in = last + Duration::seconds(5);
    session(in, {"Administrator", address, "KALI", true}, true);
    PlannedAlert success = planned("success_after_failures", "rdp_guessed", address, in);
    success.users = {"Administrator"};
    tell(success);
    plan_desktop("rdp_guessed", address, "Administrator", in);
  }

  void spray(Timestamp time, bool is_desktop) {
    const std::string address = base::format_ip(addresses_.next(random_));
    PlannedAlert alert =
        planned("password_spray", is_desktop ? "rdp_spray" : "smb_spray", address, time);
    for (int i = 0; i < 14; ++i) {
      alert.last_event = time + Duration::seconds(95 * i);
      const std::string user = fmt::format("user{:02}", i);
      fail(alert.last_event, {user, address, "-", is_desktop, i % 2 == 0});
      alert.users.push_back(user);
    }
    alert.attempts = 14;
    tell(alert);
  }

  void lock_outs(Timestamp time) {
    PlannedAlert alert = planned("account_lockouts", "lock_out_storm", std::string(host), time);
    alert.entity.type = model::EntityType::host;
    for (std::size_t i = 0; i < 6; ++i) {
      alert.last_event = time + Duration::seconds(20 * static_cast<std::int64_t>(i));
      add(alert.last_event, 4740,
          {{"TargetUserName", staff_[i].name},
           {"TargetDomainName", "OLD-NAS"},
           {"TargetSid", sid_of(staff_[i].name)},
           {"SubjectUserSid", "S-1-5-18"},
           {"SubjectUserName", "RDP01$"},
           {"SubjectDomainName", std::string(domain)},
           {"SubjectLogonId", "0x3e7"}});
    }
    tell(alert);
  }

  // Through the web server: another's credentials, a new administrator, the log cleared.
  void take_over(Timestamp time) {
    const std::string thief = fmt::format("svc_web{}", day_),
                      account = fmt::format("helpdesk{}", day_);
    const auto by = [&](Data data) {
      data.insert(data.end(), {{"SubjectUserSid", sid_of(thief)},
                               {"SubjectUserName", thief},
                               {"SubjectDomainName", std::string(domain)},
                               {"SubjectLogonId", "0x10b6b3"}});
      return data;
    };
    const auto told = [&](const char* rule, const std::string& who, Timestamp when) {
      PlannedAlert alert = planned(rule, "take_over", who, when);
      alert.entity.type = model::EntityType::account;
      tell(alert);
    };
    add(time, 4648,
        by({{"TargetUserName", "b.liskov"},
            {"TargetDomainName", std::string(domain)},
            {"TargetServerName", "localhost"},
            {"ProcessId", "0x140c"},
            {"ProcessName", "C:\\Windows\\System32\\inetsrv\\w3wp.exe"},
            {"IpAddress", "-"},
            {"IpPort", "-"}}));
    told("explicit_credentials", thief, time);
    const Timestamp made = time + Duration::seconds(30), added = made + Duration::seconds(2);
    add(made, 4720,
        by({{"TargetUserName", account},
            {"TargetDomainName", "RDP01"},
            {"TargetSid", sid_of(account)}}));
    told("new_user", account, made);
    add(added, 4732,
        by({{"MemberName", "-"},
            {"MemberSid", sid_of(account)},
            {"TargetUserName", "Administrators"},
            {"TargetDomainName", "Builtin"},
            {"TargetSid", "S-1-5-32-544"}}));
    told("new_administrator", account, added);
    const Timestamp cleared = added + Duration::seconds(60);
    add(cleared, 1102, by({}), "Microsoft-Windows-Eventlog");
    told("audit_log_cleared", thief, cleared);
  }

  void tunnel(Timestamp time) {
    const std::string id = next_log_on(), user = fmt::format("backup{}", day_);
    add(time, 4624, log_on(user, sid_of(user), "10", id, "127.0.0.1", "0", "Negotiate"));
    add(time + Duration::minutes(9), 4634, log_off(user, sid_of(user), id, "10"));
    plan_desktop("rdp_tunnel", "127.0.0.1", user, time);
  }

  // ---- what Windows writes ----

  void fail(Timestamp time, const Guess& guess) {
    add(time, 4625,
        {{"SubjectUserSid", "S-1-0-0"},
         {"SubjectUserName", "-"},
         {"SubjectDomainName", "-"},
         {"SubjectLogonId", "0x0"},
         {"TargetUserSid", "S-1-0-0"},
         {"TargetUserName", guess.user},
         {"TargetDomainName", ""},
         {"Status", "0xc000006d"},
         {"FailureReason", "%%2313"},
         {"SubStatus", guess.user_exists ? "0xc000006a" : "0xc0000064"},
         {"LogonType", "3"},
         {"LogonProcessName", "NtLmSsp "},
         {"AuthenticationPackageName", "NTLM"},
         {"WorkstationName", guess.workstation},
         {"KeyLength", "0"},
         {"ProcessId", "0x0"},
         {"ProcessName", "-"},
         {"IpAddress", guess.address},
         {"IpPort", guess.is_desktop ? "0" : std::to_string(random_.between(49'152, 65'535))}});
  }
  // Network-level authentication, Remote Desktop's word of it, the desktop, the rights, the end.
  void session(Timestamp time, const Person& person, bool is_new) {
    ++counts_.sessions;
    const std::string first = next_log_on(), desktop = next_log_on(), sid = sid_of(person.name);
    const std::string full = fmt::format("{}\\{}", domain, person.name),
                      number = std::to_string(2 + random_.below(9));
    const auto after = [time](std::int64_t ms) { return time + Duration::milliseconds(ms); };
    add(after(0), 4624,
        log_on(person.name, sid, "3", first, person.address, "0", "NTLM", person.is_admin));
    add(after(300), 1149,
        {{"Param1", person.name}, {"Param2", std::string(domain)}, {"Param3", person.address}},
        connections);
    add(after(1'500), 4624,
        log_on(person.name, sid, is_new ? "10" : "7", desktop, person.address, "0", "Negotiate",
               person.is_admin));
    if (person.is_admin)
      add(after(1'500), 4672,
          {{"SubjectUserSid", sid},
           {"SubjectUserName", person.name},
           {"SubjectDomainName", std::string(domain)},
           {"SubjectLogonId", desktop},
           {"PrivilegeList", "SeDebugPrivilege"}});
    add(after(2'200), is_new ? 21 : 25,
        {{"User", full}, {"SessionID", number}, {"Address", person.address}}, sessions);
    if (!is_new)
      add(after(2'300), 4778,
          {{"AccountName", person.name},
           {"AccountDomain", std::string(domain)},
           {"LogonID", desktop},
           {"SessionName", "RDP-Tcp#5"},
           {"ClientName", person.workstation},
           {"ClientAddress", person.address}});
    add(after(4'000), 4634, log_off(person.name, sid, first, "3"));
    const Timestamp end = time + Duration::minutes(random_.between(15, 200));
    add(end, 24, {{"User", full}, {"SessionID", number}, {"Address", person.address}}, sessions);
    add(end, 4634, log_off(person.name, sid, desktop, is_new ? "10" : "7"));
  }

  static Data log_on(std::string_view user, std::string_view sid, std::string_view type,
                     const std::string& id, std::string_view address, std::string_view port,
                     std::string_view package, bool is_admin = false) {
    return {{"SubjectUserSid", "S-1-5-18"},
            {"SubjectUserName", "RDP01$"},
            {"SubjectDomainName", std::string(domain)},
            {"SubjectLogonId", "0x3e7"},
            {"TargetUserSid", std::string(sid)},
            {"TargetUserName", std::string(user)},
            {"TargetDomainName", std::string(domain)},
            {"TargetLogonId", id},
            {"LogonType", std::string(type)},
            {"LogonProcessName", "User32 "},
            {"AuthenticationPackageName", std::string(package)},
            {"WorkstationName", "-"},
            {"LogonGuid", "{00000000-0000-0000-0000-000000000000}"},
            {"KeyLength", "0"},
            {"ProcessId", "0x2fc"},
            {"ProcessName", "C:\\Windows\\System32\\svchost.exe"},
            {"IpAddress", std::string(address)},
            {"IpPort", std::string(port)},
            {"ElevatedToken", is_admin ? "%%1842" : "%%1843"}};
  }
  static Data log_off(std::string_view user, std::string_view sid, const std::string& id,
                      std::string_view type) {
    return {{"TargetUserSid", std::string(sid)},
            {"TargetUserName", std::string(user)},
            {"TargetDomainName", std::string(domain)},
            {"TargetLogonId", id},
            {"LogonType", std::string(type)}};
  }
  static std::string sid_of(std::string_view user) {
    std::uint64_t number = 0;
    for (const char c : user) number = number * 31 + static_cast<unsigned char>(c);
    return fmt::format("S-1-5-21-9-9-9-{}", 2'000 + number % 1'000'000);
  }

  void add(Timestamp time, std::uint32_t id, Data data, std::string_view provider = auditing) {
    events_.push_back({time, id, provider, std::move(data)});
  }

  // ---- truth ----

  static PlannedAlert planned(std::string rule, std::string scenario, std::string entity,
                              Timestamp time) {
    PlannedAlert alert;
    alert.rule = std::move(rule);
    alert.scenario = std::move(scenario);
    alert.entity = {model::EntityType::ip, std::move(entity)};
    alert.first_event = alert.last_event = time;
    alert.attempts = 1;
    return alert;
  }
  void plan_desktop(const char* scenario, const std::string& address, const std::string& user,
                    Timestamp time) {
    PlannedAlert alert = planned("rdp_login", scenario, address, time);
    alert.users = {user};
    tell(alert);
  }
  void tell(const PlannedAlert& alert) {
    ++counts_.attacks;
    if (on_alert_) on_alert_(alert);
  }

  // ---- how it is sent ----

  static std::string_view channel_of(const Event& event) {
    if (event.provider == sessions)
      return "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";
    if (event.provider == connections)
      return "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational";
    return "Security";
  }
  void write_json(const Event& event, std::string& out) const {
    base::JsonWriter writer;
    writer.begin_object().member("@timestamp", base::format_iso(event.time));
    writer.key("event").begin_object().member("code", std::to_string(event.id)).end_object();
    writer.key("winlog").begin_object();
    writer.member("channel", channel_of(event)).member("provider_name", event.provider);
    writer.member("computer_name", host).member("event_id", std::to_string(event.id));
    writer.key("record_id").number(record_);
    writer.key(event.provider == auditing ? "event_data" : "user_data").begin_object();
    for (const auto& [name, value] : event.data) writer.member(name, value);
    writer.end_object().end_object().end_object();
    out += writer.text();
    out += '\n';
  }
  void write_xml(const Event& event, std::string& out) const {
    out += fmt::format(
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider "
        "Name=\"{}\"/>"
        "<EventID>{}</EventID><Version>0</Version><Level>0</Level><TimeCreated SystemTime=\"{}\"/>"
        "<EventRecordID>{}</EventRecordID><Channel>{}</Channel><Computer>{}</Computer><Security/></"
        "System>",
        event.provider, event.id, base::format_iso(event.time), record_, channel_of(event), host);
    const bool is_plain = event.provider == auditing;
    out += is_plain ? "<EventData>" : "<UserData><EventXML>";
    for (const auto& [name, value] : event.data)
      out += is_plain ? fmt::format("<Data Name=\"{}\">{}</Data>", name, event_xml_value(value))
                      : fmt::format("<{0}>{1}</{0}>", name, event_xml_value(value));
    out += is_plain ? "</EventData></Event>\n" : "</EventXML></UserData></Event>\n";
  }

  const WindowsHostOptions options_;
  SeededRandom random_;
  AddressSource addresses_;
  std::vector<Person> staff_;
  std::vector<bool> has_come_;  // by person
  std::function<void(const PlannedAlert&)> on_alert_;
  WindowsHostCounts counts_;
  int day_ = 0;
  std::vector<Event> events_;  // of the day
  std::size_t next_ = 0;
  std::uint64_t record_ = 0, log_on_ = 0x10'0000;
};

WindowsHost::WindowsHost(const WindowsHostOptions& options)
    : engine_(std::make_unique<Engine>(options)) {}
WindowsHost::~WindowsHost() = default;

void WindowsHost::on_alert(std::function<void(const PlannedAlert&)> callback) {
  engine_->on_alert(std::move(callback));
}

std::optional<Timestamp> WindowsHost::append_event(std::string& out) {
  return engine_->append_event(out);
}

const WindowsHostCounts& WindowsHost::counts() const {
  return engine_->counts();
}

}  // namespace vedette::simulate
