#include "normalise/windows/windows_normaliser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "normalise/windows/windows_json.h"
#include "normalise/windows/windows_syslog.h"
#include "normalise/windows/windows_words.h"
#include "normalise/windows/windows_xml.h"

namespace vedette::normalise::windows {
namespace {

using model::AuthResult;
using model::LogOnAct;

// A failed log-on of one bob, as each forwarder has it.
constexpr std::string_view as_xml =
    R"(<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>)"
    R"(<Provider Name="Microsoft-Windows-Security-Auditing" Guid="{54849625}"/>)"
    R"(<EventID>4625</EventID><Version>0</Version><Level>0</Level><Task>12544</Task>)"
    R"(<Opcode>0</Opcode><Keywords>0x8010000000000000</Keywords>)"
    R"(<TimeCreated SystemTime="2026-03-01T10:00:00.5000000Z"/><EventRecordID>77</EventRecordID>)"
    R"(<Correlation/><Execution ProcessID="640" ThreadID="684"/><Channel>Security</Channel>)"
    R"(<Computer>WS1.example.org</Computer><Security/></System><EventData>)"
    R"(<Data Name="TargetUserName">Bob</Data><Data Name="TargetDomainName">EX</Data>)"
    R"(<Data Name="Status">0xc000006d</Data><Data Name="SubStatus">0xc000006a</Data>)"
    R"(<Data Name="LogonType">3</Data><Data Name="AuthenticationPackageName">NTLM</Data>)"
    R"(<Data Name="WorkstationName">KALI</Data><Data Name="IpAddress">203.0.113.9</Data>)"
    R"(<Data Name="IpPort">0</Data></EventData></Event>)";
constexpr std::string_view as_winlogbeat =
    R"({"@timestamp":"2026-03-01T10:00:00.500Z","winlog":{"channel":"Security","event_id":"4625",)"
    R"("provider_name":"Microsoft-Windows-Security-Auditing","record_id":77,"task":"Logon",)"
    R"("computer_name":"WS1.example.org","process":{"pid":640,"thread":{"id":684}},)"
    R"("keywords":["Audit Failure"],"event_data":{"TargetUserName":"Bob","TargetDomainName":"EX",)"
    R"("Status":"0xc000006d","SubStatus":"0xc000006a","LogonType":"3","IpPort":"0",)"
    R"("AuthenticationPackageName":"NTLM","WorkstationName":"KALI","IpAddress":"203.0.113.9"}},)"
    R"("event":{"code":"4625","kind":"event","provider":"Microsoft-Windows-Security-Auditing"},)"
    R"("host":{"name":"collector"},"agent":{"type":"winlogbeat"},"process":{"pid":4}})";
constexpr std::string_view as_flat_ecs =
    R"({"@timestamp":"2026-03-01T10:00:00.500Z","winlog.channel":"Security","event.code":4625,)"
    R"("winlog.provider_name":"Microsoft-Windows-Security-Auditing","winlog.record_id":"77",)"
    R"("winlog.computer_name":"WS1.example.org","winlog.event_data.TargetUserName":"Bob",)"
    R"("winlog.event_data.TargetDomainName":"EX","winlog.event_data.Status":"0xc000006d",)"
    R"("winlog.event_data.SubStatus":"0xc000006a","winlog.event_data.LogonType":"3",)"
    R"("winlog.event_data.IpAddress":"203.0.113.9","winlog.event_data.IpPort":"0",)"
    R"("winlog.event_data.WorkstationName":"KALI",)"
    R"("winlog.event_data.AuthenticationPackageName":"NTLM"})";
constexpr std::string_view as_nxlog =
    R"({"EventTime":"2026-03-01 06:00:00","EventReceivedTime":"2026-03-01 06:00:02",)"
    R"("@timestamp":"2026-03-01T10:00:02.100Z","Hostname":"WS1.example.org","EventID":4625,)"
    R"("SourceName":"Microsoft-Windows-Security-Auditing","Channel":"security","RecordNumber":77,)"
    R"("Keywords":-9218868437227405312,"ExecutionProcessID":640,"ThreadID":684,)"
    R"("TargetUserName":"Bob","TargetDomainName":"EX","Status":"0xc000006d",)"
    R"("SubStatus":"0xc000006a","LogonType":"3","AuthenticationPackageName":"NTLM",)"
    R"("WorkstationName":"KALI","IpAddress":"::ffff:203.0.113.9","IpPort":"0",)"
    R"("SourceModuleName":"eventlog","tags":["x"]})";
constexpr std::string_view as_fluent_bit =
    R"([1772359200.5,{"ProviderName":"Microsoft-Windows-Security-Auditing","EventID":4625,)"
    R"("Version":0,"Level":0,"Task":12544,"Keywords":"0x8010000000000000",)"
    R"("TimeCreated":"2026-03-01 11:00:00 +0100","EventRecordID":77,"ProcessID":640,"ThreadID":684,)"
    R"("Channel":"Security","Computer":"WS1.example.org","UserID":"","Message":"An account ...",)"
    R"("StringInserts":["S-1-0-0","-","-","0x0","S-1-0-0","Bob","EX","0xc000006d","%%2313",)"
    R"("0xc000006a","3","NtLmSsp ","NTLM","KALI","-","-","0","0x0","-","203.0.113.9","0"]}])";
constexpr std::string_view as_azure_agent =
    R"({"TimeGenerated":"2026-03-01T10:00:00.5Z","Computer":"WS1.example.org","EventID":4625,)"
    R"("EventSourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security",)"
    R"("Activity":"4625 - An account failed to log on.","Account":"EX\\Bob","EventRecordId":"77",)"
    R"("TargetUserName":"Bob","TargetDomainName":"EX","Status":"0xc000006d","Level":"16",)"
    R"("SubStatus":"0xc000006a","LogonType":3,"LogonTypeName":"3 - Network","IpPort":"0",)"
    R"("AuthenticationPackageName":"NTLM","WorkstationName":"KALI","IpAddress":"203.0.113.9",)"
    R"("Type":"SecurityEvent","SourceSystem":"OpsManager"})";
constexpr std::string_view as_made_of_xml =
    R"({"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":)"
    R"("Microsoft-Windows-Security-Auditing"}},"EventID":{"#text":4625},"TimeCreated":)"
    R"({"#attributes":{"SystemTime":"2026-03-01T10:00:00.500Z"}},"EventRecordID":77,)"
    R"("Channel":"Security","Computer":"WS1.example.org"},"EventData":{"Data":[)"
    R"({"@Name":"TargetUserName","#text":"Bob"},{"@Name":"TargetDomainName","#text":"EX"},)"
    R"({"@Name":"Status","#text":"0xc000006d"},{"@Name":"SubStatus","#text":"0xc000006a"},)"
    R"({"@Name":"LogonType","#text":"Network"},{"@Name":"WorkstationName","#text":"KALI"},)"
    R"({"@Name":"AuthenticationPackageName","#text":"NTLM"},)"
    R"({"@Name":"IpAddress","#text":"203.0.113.9"},{"@Name":"IpPort","#text":0}]}}})";
constexpr std::string_view as_wazuh =
    R"({"win":{"system":{"providerName":"Microsoft-Windows-Security-Auditing","eventID":"4625",)"
    R"("systemTime":"2026-03-01T10:00:00.5Z","eventRecordID":"77","channel":"Security",)"
    R"("computer":"WS1.example.org","processID":"640"},"eventdata":{"targetUserName":"Bob",)"
    R"("targetDomainName":"EX","status":"0xc000006d","subStatus":"0xc000006a","logonType":"3",)"
    R"("authenticationPackageName":"NTLM","workstationName":"KALI","ipAddress":"203.0.113.9",)"
    R"("ipPort":"0"}}})";
constexpr std::string_view as_powershell =
    R"({"Id":4625,"Version":0,"Level":0,"ProviderName":"Microsoft-Windows-Security-Auditing",)"
    R"("LogName":"Security","ProcessId":640,"ThreadId":684,"MachineName":"WS1.example.org",)"
    R"("RecordId":77,"TimeCreated":"\/Date(1772359200500)\/","Properties":[{"Value":"S-1-0-0"},)"
    R"({"Value":"-"},{"Value":"-"},{"Value":0},{"Value":"S-1-0-0"},{"Value":"Bob"},{"Value":"EX"},)"
    R"({"Value":"0xc000006d"},{"Value":"%%2313"},{"Value":"0xc000006a"},{"Value":3},)"
    R"({"Value":"NtLmSsp "},{"Value":"NTLM"},{"Value":"KALI"},{"Value":"-"},{"Value":"-"},)"
    R"({"Value":0},{"Value":0},{"Value":"-"},{"Value":"203.0.113.9"},{"Value":"0"}]})";

class WindowsNormaliserTest : public testing::Test {
 protected:
  WindowsCounts read(std::string_view text, bool live = true) {
    model::RawBatch batch;
    batch.source_name = "test";
    batch.received = *base::parse_iso("2026-03-01T10:00:05Z");
    batch.live = live;
    batch.journal_position = ++position_;
    text_ = text;
    batch.bytes = text_;
    const auto counts = normaliser_->read(batch, true);
    normaliser_->add_log_on_rows([](const base::IpAddress&) -> const model::Location& {
      static const model::Location nowhere;
      return nowhere;
    });
    tables_.clear();
    normaliser_->take(tables_);
    return counts;
  }
  // The last row of that table: its text cells, and its numbers as text.
  std::map<std::string, std::string> row(std::string_view table) {
    std::map<std::string, std::string> cells;
    for (const auto& batch : tables_) {
      if (batch.table() != table || batch.row_count() == 0) continue;
      for (const auto& column : batch.columns()) {
        if (column.rows.empty() || column.rows.back() + 1 != batch.row_count()) continue;
        const auto& value = column.values.back();
        if (const auto* text = std::get_if<model::TextCell>(&value))
          cells[column.name] = batch.text_of(*text);
        else if (const auto* number = std::get_if<std::int64_t>(&value))
          cells[column.name] = std::to_string(*number);
      }
      cells["_generated"] = base::format_iso(batch.heads().back().generated);
      cells["_id"] = std::to_string(batch.heads().back().item_id);
    }
    return cells;
  }

  QuarantineRows quarantine_;
  void begin_anew() {
    normaliser_ = std::make_unique<WindowsNormaliser>(base::TimeZone::fixed({}), quarantine_);
  }
  WindowsNormaliser& normaliser() { return *normaliser_; }

  std::unique_ptr<WindowsNormaliser> normaliser_ =
      std::make_unique<WindowsNormaliser>(base::TimeZone::fixed({}), quarantine_);
  std::vector<model::TableBatch> tables_;
  std::string text_;
  std::uint64_t position_ = 0;
};

TEST_F(WindowsNormaliserTest, EveryForwardersShapeIsTheSameEvent) {
  std::string id;
  for (const std::string_view text : {as_xml, as_winlogbeat, as_flat_ecs, as_nxlog, as_fluent_bit,
                                      as_azure_agent, as_made_of_xml, as_wazuh, as_powershell}) {
    SCOPED_TRACE(text);
    begin_anew();
    // Fluent Bit's [time, {...}] is an element of what it sends.
    const auto counts =
        read(text.starts_with('[') ? "[" + std::string(text) + "]" : std::string(text));
    EXPECT_EQ(counts.records, 1U);
    EXPECT_EQ(counts.unreadable, 0U);
    auto cells = row("SecurityEvent");
    EXPECT_EQ(cells["EventID"], "4625");
    EXPECT_EQ(cells["Computer"], "WS1.example.org");
    EXPECT_EQ(cells["Activity"], "4625 - An account failed to log on.");
    EXPECT_EQ(cells["Account"], "EX\\Bob");
    EXPECT_EQ(cells["AccountType"], "User");
    EXPECT_EQ(cells["LogonType"], "3");
    EXPECT_EQ(cells["LogonTypeName"], "3 - Network");
    EXPECT_EQ(cells["SubStatus"], "0xc000006a");
    EXPECT_EQ(cells["EventRecordId"], "77");
    EXPECT_EQ(cells["_generated"].substr(0, 19), "2026-03-01T10:00:00");
    // Whoever sends it: the same record.
    if (id.empty()) id = cells["_id"];
    EXPECT_EQ(cells["_id"], id);
    auto log_on = row("ASimAuthenticationEventLogs");
    EXPECT_EQ(log_on["EventResult"], "Failure");
    EXPECT_EQ(log_on["EventResultDetails"], "Incorrect password");
    EXPECT_EQ(log_on["EventOriginalResultDetails"], "0xc000006a: wrong password");
    EXPECT_EQ(log_on["SrcIpAddr"], "203.0.113.9");
    ASSERT_EQ(normaliser_->attempts().size(), 1U);
    const model::AuthEvent& event = normaliser_->attempts().front();
    EXPECT_EQ(event.user.view(), "Bob");
    EXPECT_EQ(event.service.view(), "RDP");
    EXPECT_EQ(event.result, AuthResult::failure);
    EXPECT_TRUE(event.user_exists);
  }
}

TEST_F(WindowsNormaliserTest, ARecordThatComesAgainIsNoNews) {
  read(as_xml);
  EXPECT_EQ(normaliser_->log_ons().size(), 1U);
  read(as_winlogbeat);
  EXPECT_TRUE(normaliser_->log_ons().empty());
  EXPECT_EQ(row("SecurityEvent")["EventID"], "4625");  // the store replaces the row
  const auto seen = normaliser().seen();
  begin_anew();
  normaliser().recall(seen);
  read(as_nxlog);
  EXPECT_TRUE(normaliser_->log_ons().empty());
}

TEST_F(WindowsNormaliserTest, ABrokenRecordCostsNoneOfItsNeighbours) {
  const std::string xml(as_xml);
  const auto counts =
      read(xml + "<Event><System><EventID>1</EventI></System></Event>" + xml +
           "<!DOCTYPE a [<!ENTITY x 'y'>]><Event><System><EventID>&x;</EventID></System></Event>");
  EXPECT_EQ(counts.records, 4U);
  EXPECT_EQ(counts.unreadable, 2U);
  EXPECT_EQ(quarantine_.waiting(), 2U);
  const std::string json(as_azure_agent);
  const auto lines = read(json + "\n{\"EventID\": 4624\n[1]\n" + json + "\n{\"a\":1}\n");
  EXPECT_EQ(lines.records, 5U);
  EXPECT_EQ(lines.unreadable, 3U);
  EXPECT_EQ(read("<html>no</html>").unreadable, 1U);
}

TEST_F(WindowsNormaliserTest, ServicesAndMachinesAreNobody) {
  constexpr std::string_view form =
      R"({"EventID":4624,"Channel":"Security","Computer":"A","EventRecordID":%1,)"
      R"("TimeCreated":"2026-03-01T10:00:00Z","TargetUserName":"%2","TargetUserSid":"%3",)"
      R"("LogonType":"%4","IpAddress":"%5","WorkstationName":"-"})";
  int number = 0;
  const auto log_on = [&](std::string_view user, std::string_view sid, std::string_view type,
                          std::string_view address) {
    std::string text(form);
    const auto put = [&](std::string_view mark, std::string_view value) {
      text.replace(text.find(mark), mark.size(), value);
    };
    put("%1", std::to_string(++number));
    put("%2", user);
    put("%3", sid);
    put("%4", type);
    put("%5", address);
    read(text);
    EXPECT_EQ(normaliser_->log_ons().size(), 1U);
    return normaliser_->log_ons().front();
  };
  EXPECT_FALSE(log_on("SYSTEM", "S-1-5-18", "5", "-").is_person);
  EXPECT_FALSE(log_on("SERVICIO LOCAL", "S-1-5-19", "5", "-").is_person);
  EXPECT_FALSE(log_on("WS7$", "S-1-5-21-1-2-3-1104", "3", "10.0.0.7").is_person);
  EXPECT_FALSE(log_on("DWM-2", "S-1-5-90-0-2", "2", "-").is_person);
  EXPECT_FALSE(log_on("-", "S-1-0-0", "3", "10.0.0.7").is_person);
  const auto person =
      log_on("ada@example.org", "S-1-5-21-1-2-3-1105", "RemoteInteractive", "::ffff:10.0.0.7");
  EXPECT_TRUE(person.is_person);
  EXPECT_EQ(person.event.user.view(), "ada");
  EXPECT_EQ(person.log_on_type, 10);
  EXPECT_EQ(base::format_ip(person.event.address), "10.0.0.7");
  EXPECT_TRUE(person.tells_of_guessing);
  EXPECT_FALSE(log_on("ada", "", "3", "::1").event.has_address());
  EXPECT_TRUE(log_on("ada", "", "10", "127.0.0.1").event.has_address());
  EXPECT_EQ(base::format_ip(log_on("ada", "", "3", "fe80::1%14").event.address), "fe80::1");
}

TEST_F(WindowsNormaliserTest, OnlyWrongCredentialsTellOfGuessing) {
  for (const auto& [status, tells] : std::map<std::string, bool>{{"0xC000006A", true},
                                                                 {"0xc0000064", true},
                                                                 {"0xc0000234", true},
                                                                 {"0xc0000071", false},
                                                                 {"0xc000015b", false},
                                                                 {"0xc0000133", false}}) {
    SCOPED_TRACE(status);
    std::string text(as_azure_agent);
    text.replace(text.find("0xc000006a"), 10, status);
    text.replace(text.find("\"77\""), 4, "\"" + status + "\"");
    read(text);
    EXPECT_EQ(normaliser_->attempts().size(), tells ? 1U : 0U);
  }
}

TEST_F(WindowsNormaliserTest, RemoteDesktopsWordIsReadFromAnyLanguage) {
  const auto read_message = [&](std::string_view message) {
    std::string text =
        R"({"EventID":1149,"SourceName":"Microsoft-Windows-TerminalServices-RemoteConnectionManager",)"
        R"("Channel":"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",)"
        R"("Hostname":"WS5","EventTime":"2026-03-01T10:00:00Z","AccountName":"NETWORK SERVICE",)"
        R"("Message":")";
    text += message;
    read(text + "\"}");
    EXPECT_EQ(normaliser_->log_ons().size(), 1U);
    return normaliser_->log_ons().front();
  };
  const auto english = read_message(
      R"(Remote Desktop Services: User authentication succeeded:\r\n\r\nUser: ada\r\nDomain: EX\r\n)"
      R"(Source Network Address: 203.0.113.9)");
  EXPECT_EQ(english.act, LogOnAct::connection);
  EXPECT_EQ(english.event.user.view(), "ada");
  EXPECT_EQ(base::format_ip(english.event.address), "203.0.113.9");
  const auto german = read_message(
      R"(Remotedesktopdienste: Die Benutzerauthentifizierung war erfolgreich:\n\nBenutzer: grace\n)"
      R"(Dom\u00e4ne: \nQuellnetzwerkadresse: 2001:db8::7)");
  EXPECT_EQ(german.event.user.view(), "grace");
  EXPECT_EQ(base::format_ip(german.event.address), "2001:db8::7");
  const auto cells = row("WindowsEvent");
  EXPECT_NE(cells.at("EventData").find("\"Param1\":\"grace\""), std::string::npos);
}

// What every kind of record that speaks of log-ins comes to.
struct EventCase {
  const char* event;  // its id; what tells cases of one id apart
  std::string_view provider, channel, data;
  LogOnAct act;
  AuthResult result;
  const char* user;
  const char* address;  // empty: none
  const char* service;  // as detectors and rows call it
  const char* type;     // ASIM's
  bool is_attempt;      // it tells of guessing
  const char *domain = "EX", *source_host = "";
};

void PrintTo(const EventCase& each, std::ostream* out) {
  *out << each.event;
}

class WindowsEvents : public WindowsNormaliserTest,
                      public testing::WithParamInterface<EventCase> {};

TEST_P(WindowsEvents, AreLogIns) {
  const EventCase& wanted = GetParam();
  const std::string_view event = wanted.event;
  const std::string id(event.substr(0, event.find('_')));
  read(R"({"EventID":)" + id + R"(,"Channel":")" + std::string(wanted.channel) +
       R"(","Provider":")" + std::string(wanted.provider) +
       R"(","Computer":"WS1","EventRecordID":7,"TimeCreated":"2026-03-01T10:00:00Z","EventData":)" +
       std::string(wanted.data) + "}");
  ASSERT_EQ(normaliser().log_ons().size(), 1U);
  const model::WindowsLogOn& log_on = normaliser().log_ons().front();
  EXPECT_EQ(log_on.act, wanted.act);
  EXPECT_EQ(std::to_string(log_on.event_id), id);
  EXPECT_EQ(log_on.event.result, wanted.result);
  EXPECT_EQ(log_on.event.user.view(), wanted.user);
  EXPECT_EQ(log_on.domain.view(), wanted.domain);
  EXPECT_EQ(log_on.event.host.view(), "WS1");
  EXPECT_EQ(log_on.event.service.view(), wanted.service);
  EXPECT_EQ(log_on.event.source_host.view(), wanted.source_host);
  EXPECT_EQ(log_on.event.has_address() ? base::format_ip(log_on.event.address) : "",
            wanted.address);
  EXPECT_EQ(normaliser().attempts().size(), wanted.is_attempt ? 1U : 0U);
  const auto cells = row("ASimAuthenticationEventLogs");
  EXPECT_EQ(cells.at("EventType"), wanted.type);
  EXPECT_EQ(cells.at("EventOriginalType"), id);
  EXPECT_EQ(cells.at("EventResult"), wanted.result == AuthResult::success ? "Success" : "Failure");
}

constexpr std::string_view audited = "Microsoft-Windows-Security-Auditing", security = "Security",
                           local_sessions =
                               "Microsoft-Windows-TerminalServices-LocalSessionManager",
                           remote_connections =
                               "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
                           rdp_core = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
                           operational = "Terminal/Operational";
constexpr auto well = AuthResult::success, badly = AuthResult::failure;

INSTANTIATE_TEST_SUITE_P(
    Each, WindowsEvents,
    testing::Values(
        EventCase{"4624", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","LogonType":10,)"
                  R"("IpAddress":"203.0.113.9","TargetUserSid":"S-1-5-21-1-2-3-1105"})",
                  LogOnAct::log_on, well, "ada", "203.0.113.9", "RDP", "Logon", true},
        EventCase{"4624_SMB", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","LogonType":3,)"
                  R"("IpAddress":"10.0.0.9","IpPort":"50122"})",
                  LogOnAct::log_on, well, "ada", "10.0.0.9", "SMB", "Logon", true},
        EventCase{"4625", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","LogonType":3,"IpPort":"0",)"
                  R"("IpAddress":"203.0.113.9","Status":"0xc000006d","SubStatus":"0xc0000064"})",
                  LogOnAct::log_on, badly, "ada", "203.0.113.9", "RDP", "Logon", true},
        EventCase{"4625_SMB", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","LogonType":3,)"
                  R"("IpPort":"50122","IpAddress":"203.0.113.9","SubStatus":"0xc000006a"})",
                  LogOnAct::log_on, badly, "ada", "203.0.113.9", "SMB", "Logon", true},
        EventCase{"4625_Console", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","LogonType":2,)"
                  R"("IpAddress":"127.0.0.1","SubStatus":"0xc000006a"})",
                  LogOnAct::log_on, badly, "ada", "", "Windows", "Logon", false},
        EventCase{"4634", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","TargetLogonId":"0x1f",)"
                  R"("LogonType":10})",
                  LogOnAct::log_off, well, "ada", "", "Windows", "Logoff", false},
        EventCase{"4647", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","TargetLogonId":"0x1f"})",
                  LogOnAct::log_off, well, "ada", "", "Windows", "Logoff", false},
        EventCase{"4648", audited, security,
                  R"({"SubjectUserName":"eve","TargetUserName":"ada","TargetDomainName":"EX",)"
                  R"("ProcessName":"C:\\x.exe","IpAddress":"-"})",
                  LogOnAct::explicit_credentials, well, "ada", "", "Windows", "Logon", false},
        EventCase{"4672", audited, security,
                  R"({"SubjectUserName":"ada","SubjectDomainName":"EX","SubjectLogonId":"0x1f",)"
                  R"("PrivilegeList":"SeDebugPrivilege"})",
                  LogOnAct::privileges, well, "ada", "", "Windows", "Elevate", false},
        EventCase{"4740", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"\\\\OLD-NAS",)"
                  R"("SubjectUserName":"DC1$"})",
                  LogOnAct::lock_out, well, "ada", "", "Windows", "Logon", false, "", "OLD-NAS"},
        EventCase{"4768", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","Status":"0x0",)"
                  R"("IpAddress":"::ffff:10.0.0.9","IpPort":"50122"})",
                  LogOnAct::ticket, well, "ada", "10.0.0.9", "Kerberos", "Logon", true},
        EventCase{"4768_Unknown", audited, security,
                  R"({"TargetUserName":"ada","TargetDomainName":"EX","Status":"0x6",)"
                  R"("IpAddress":"::ffff:10.0.0.9","IpPort":"50122"})",
                  LogOnAct::ticket, badly, "ada", "10.0.0.9", "Kerberos", "Logon", true},
        EventCase{"4769", audited, security,
                  R"({"TargetUserName":"ada@EX.LOCAL","TargetDomainName":"EX","Status":"0x0",)"
                  R"("ServiceName":"FILES$","IpAddress":"::ffff:10.0.0.9","IpPort":"50123"})",
                  LogOnAct::ticket, well, "ada", "10.0.0.9", "Kerberos", "Logon", false},
        EventCase{"4771", audited, security,
                  R"({"TargetUserName":"ada","ServiceName":"krbtgt/EX","Status":"0x18",)"
                  R"("IpAddress":"::ffff:10.0.0.9","IpPort":"50122"})",
                  LogOnAct::ticket, badly, "ada", "10.0.0.9", "Kerberos", "Logon", true, ""},
        EventCase{"4776", audited, security,
                  R"({"PackageName":"MICROSOFT_AUTHENTICATION_PACKAGE_V1_0","Workstation":"KALI",)"
                  R"("TargetUserName":"ada","Status":"0xc000006a"})",
                  LogOnAct::credential_check, badly, "ada", "", "NTLM", "Logon", true, "", "KALI"},
        EventCase{
            "4778", audited, security,
            R"({"AccountName":"ada","AccountDomain":"EX","LogonID":"0x1f","ClientName":"PC7",)"
            R"("SessionName":"RDP-Tcp#3","ClientAddress":"203.0.113.9"})",
            LogOnAct::session_on, well, "ada", "203.0.113.9", "RDP", "Logon", false},
        EventCase{
            "4779", audited, security,
            R"({"AccountName":"ada","AccountDomain":"EX","LogonID":"0x1f","ClientName":"PC7",)"
            R"("SessionName":"RDP-Tcp#3","ClientAddress":"203.0.113.9"})",
            LogOnAct::session_off, well, "ada", "203.0.113.9", "RDP", "Logoff", false},
        EventCase{"1149", remote_connections, operational,
                  R"({"Param1":"ada","Param2":"EX","Param3":"203.0.113.9"})", LogOnAct::connection,
                  well, "ada", "203.0.113.9", "RDP", "Logon", false},
        EventCase{"21", local_sessions, operational,
                  R"({"User":"EX\\ada","SessionID":"2","Address":"203.0.113.9"})",
                  LogOnAct::session_on, well, "ada", "203.0.113.9", "RDP", "Logon", false},
        EventCase{"24", local_sessions, operational,
                  R"({"User":"EX\\ada","SessionID":"2","Address":"203.0.113.9"})",
                  LogOnAct::session_off, well, "ada", "203.0.113.9", "RDP", "Logoff", false},
        EventCase{"25", local_sessions, operational,
                  R"({"User":"EX\\ada","SessionID":"2","Address":"LOCAL"})", LogOnAct::session_on,
                  well, "ada", "", "RDP", "Logon", false},
        EventCase{"140", rdp_core, operational, R"({"IPString":"203.0.113.9"})",
                  LogOnAct::refused_connection, badly, "", "203.0.113.9", "RDP", "Logon", false,
                  ""}),
    [](const auto& each) { return "Id" + std::string(each.param.event); });

TEST_F(WindowsNormaliserTest, AConnectionOfRemoteDesktopIsARow) {
  read(R"({"EventID":131,"Provider":"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",)"
       R"("Channel":"Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",)"
       R"("Computer":"WS1","TimeCreated":"2026-03-01T10:00:00Z",)"
       R"("StringInserts":["TCP","[203.0.113.9]:51234"]})");
  EXPECT_EQ(row("WindowsEvent").at("EventData"),
            R"({"ConnType":"TCP","ClientIP":"[203.0.113.9]:51234"})");
  EXPECT_TRUE(normaliser().log_ons().empty());
}

TEST_F(WindowsNormaliserTest, ANewMemberIsKnownByTheNameThatAnEarlierRecordTold) {
  constexpr std::string_view created =
      R"({"EventID":4720,"Channel":"Security","Computer":"A","EventRecordID":1,)"
      R"("TimeCreated":"2026-03-01T10:00:00Z","TargetUserName":"eve","SubjectUserName":"ada",)"
      R"("TargetSid":"S-1-5-21-1-2-3-1107"})";
  constexpr std::string_view added =
      R"({"EventID":4732,"Channel":"Security","Computer":"A","EventRecordID":2,)"
      R"("TimeCreated":"2026-03-01T10:00:01Z","MemberName":"-","MemberSid":"S-1-5-21-1-2-3-1107",)"
      R"("TargetUserName":"Administratoren","TargetSid":"S-1-5-32-544","SubjectUserName":"ada"})";
  read(std::string(created) + "\n" + std::string(added));
  const auto changes = normaliser_->changes();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].operation, model::ChangeOperation::created);
  EXPECT_EQ(changes[1].target.view(), "eve");
  EXPECT_EQ(changes[1].container.view(), "Administratoren");
  EXPECT_TRUE(changes[1].is_privileged);
}

TEST_F(WindowsNormaliserTest, WhatHasNoColumnIsKept) {
  read(R"({"EventID":4624,"Channel":"Security","Computer":"A","EventRecordID":1,)"
       R"("TimeCreated":"2026-03-01T10:00:00Z","LogonType":"sideways","NewIn2031":"a <b> & \"c\"",)"
       R"("_ItemId":"mine","TimeGenerated2":"x"})");
  const auto cells = row("SecurityEvent");
  EXPECT_EQ(cells.at("EventData"),
            "<EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">"
            "<Data Name=\"LogonType\">sideways</Data>"
            "<Data Name=\"NewIn2031\">a &lt;b&gt; &amp; &quot;c&quot;</Data>"
            "<Data Name=\"TimeGenerated2\">x</Data></EventData>");
  EXPECT_FALSE(cells.contains("LogonType"));
}

TEST_F(WindowsNormaliserTest, OtherLogsHaveTheirTables) {
  read(R"({"EventID":7045,"Channel":"System","Provider":"Service Control Manager","Computer":"A",)"
       R"("EventData":{"ServiceName":"evil"},"TimeCreated":"2026-03-01T10:00:00Z"})");
  EXPECT_EQ(row("Event").at("EventLog"), "System");
  EXPECT_NE(row("Event").at("EventData").find("<Data Name=\"ServiceName\">evil</Data>"),
            std::string::npos);
  read(R"({"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"A",)"
       R"("Provider":"Microsoft-Windows-PowerShell","EventData":{"ScriptBlockText":"x"},)"
       R"("TimeCreated":"2026-03-01T10:00:00Z"})");
  EXPECT_EQ(row("WindowsEvent").at("EventData"), R"({"ScriptBlockText":"x"})");
}

// The same failed log-on of bob, as syslog messages have it.
TEST(WindowsSyslog, SnareCefXmlAndJson) {
  const std::string snare =
      "<13>Mar  1 10:00:00 ws1 MSWinEventLog\t1\tSecurity\t42\tSun Mar 01 10:00:00 2026\t4625\t"
      "Microsoft-Windows-Security-Auditing\tN/A\tN/A\tFailure Audit\tWS1.example.org\tLogon\t\t"
      "An account failed to log on.    Subject:   Security ID:  S-1-0-0   Account Name:  -   "
      "Account Domain:  -   Logon ID:  0x0    Logon Type:   3    Account For Which Logon Failed:   "
      "Security ID:  S-1-0-0   Account Name:  Bob   Account Domain:  EX    Failure Information:   "
      "Failure Reason:  Unknown user name or bad password.   Status:   0xC000006D   Sub Status:  "
      "0xC000006A    Process Information:   Caller Process ID: 0x0   Caller Process Name: -    "
      "Network Information:   Workstation Name: KALI   Source Network Address: 203.0.113.9   "
      "Source Port:  0    Detailed Authentication Information:   Logon Process:  NtLmSsp    "
      "Authentication Package: NTLM   Transited Services: -\t77";
  const std::string cef =
      "<134>Mar  1 10:00:00 collector CEF:0|Microsoft|Microsoft Windows||"
      "Microsoft-Windows-Security-Auditing:4625|An account failed to log on.|Medium| "
      "eventId=1 externalId=4625 rt=1772359200000 cat=Security dvchost=WS1.example.org duser=Bob "
      "dntdom=EX src=203.0.113.9 spt=0 shost=KALI cn1=3 cn1Label=LogonType "
      "ad.Status=0xC000006D ad.SubStatus=0xC000006A ad.AuthenticationPackageName=NTLM "
      "msg=a \\= b\\\\c with blanks";
  for (const std::string& text : {snare, cef, "<13>1 - host nxlog - - - " + std::string(as_xml),
                                  "<13>host: " + std::string(as_nxlog)}) {
    SCOPED_TRACE(text);
    const auto part = windows_part(text);
    ASSERT_FALSE(part.empty());
    const auto record = read_windows_message(part);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->event_id, 4625U);
    EXPECT_EQ(record->channel.substr(1), "ecurity");
    EXPECT_EQ(record->computer, "WS1.example.org");
    EXPECT_EQ(base::format_iso(record->time).substr(0, 19), "2026-03-01T10:00:00");
    EXPECT_EQ(record->value("TargetUserName"), "Bob");
    EXPECT_EQ(record->value("TargetDomainName"), "EX");
    EXPECT_EQ(base::to_lower_ascii(record->value("SubStatus")), "0xc000006a");
    EXPECT_EQ(record->value("LogonType"), "3");
    EXPECT_EQ(record->value("WorkstationName"), "KALI");
    EXPECT_EQ(record->value("AuthenticationPackageName"), "NTLM");
    EXPECT_EQ(record->value("IpPort"), "0");
  }
  for (const std::string_view text :
       {"sshd[1]: Failed password for root", "CEF:0|Other|Firewall|1|4625|x|3|src=1.2.3.4",
        "{\"a\":1}", "MSWinEventLog", "<Event>", ""})
    EXPECT_TRUE(windows_part(text).empty()) << text;
  EXPECT_FALSE(read_windows_message("MSWinEventLog\t1\t2"));
  EXPECT_FALSE(read_windows_message("CEF:0|Microsoft|Windows"));
}

TEST(WindowsWords, LogOnTypesInAnyForm) {
  EXPECT_EQ(read_log_on_type("10"), 10);
  EXPECT_EQ(read_log_on_type("0xa"), 10);
  EXPECT_EQ(read_log_on_type("10 - RemoteInteractive"), 10);
  EXPECT_EQ(read_log_on_type("network"), 3);
  EXPECT_EQ(read_log_on_type("-"), std::nullopt);
}

TEST(WindowsTimes, InAnyForm) {
  const auto at = *base::parse_iso("2026-03-01T10:00:00Z");
  for (const std::string_view text :
       {"2026-03-01T10:00:00Z", "2026-03-01 10:00:00", "2026-03-01T11:00:00+01:00",
        "2026-03-01 11:00:00 +0100", "1772359200", "1772359200.0", "1772359200000",
        "17723592000000000", "134168328000000000", "/Date(1772359200000)/",
        "2026-03-01T10:00:00.0000000Z"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(read_time(text), at);
  }
  for (const std::string_view text : {"", "-", "never", "99999999999999999999", "0"})
    EXPECT_EQ(read_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace vedette::normalise::windows
