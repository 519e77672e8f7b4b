// ASIM's parsers: functions of the workspace over the tables of normalised events. What their
// parameters ask for and which columns are aliases of which: Microsoft's ASIM schema reference
// (https://learn.microsoft.com/azure/sentinel/normalization-about-schemas) and the parsers of the
// native tables in Microsoft's Sentinel repository. Microsoft's parsers also read the tables of
// single products; here events come normalised.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

// What a parameter asks of a row; $ is its value.
struct AsimFilter {
  std::string_view parameter, condition;
};
struct AsimAlias {
  std::string_view column, value;
};
struct AsimSchema {
  std::string_view name, table;
  std::span<const AsimFilter> filters;  // besides the common ones
  std::span<const AsimAlias> aliases;
};

constexpr std::array common_filters{
    AsimFilter{"starttime", "TimeGenerated >= $"},
    AsimFilter{"endtime", "TimeGenerated <= $"},
    AsimFilter{"srcipaddr_has_any_prefix", "has_any_ipv4_prefix(SrcIpAddr, $)"},
    AsimFilter{"dstipaddr_has_any_prefix", "has_any_ipv4_prefix(DstIpAddr, $)"},
    AsimFilter{"dvcipaddr_has_any_prefix", "has_any_ipv4_prefix(DvcIpAddr, $)"},
    AsimFilter{"srchostname_has_any", "SrcHostname has_any ($)"},
    AsimFilter{"dvchostname_has_any", "DvcHostname has_any ($)"},
    AsimFilter{"dvcname_has_any", "DvcHostname has_any ($) or DvcFQDN has_any ($)"},
    AsimFilter{"srcusername_has_any", "SrcUsername has_any ($)"},
    AsimFilter{"actorusername_has_any", "ActorUsername has_any ($)"},
    AsimFilter{"targetusername_has_any", "TargetUsername has_any ($)"},
    AsimFilter{"eventtype_in", "EventType in~ ($)"},
    AsimFilter{"eventtype", "EventType =~ $"},
    AsimFilter{"eventresult", "EventResult =~ $"},
    AsimFilter{"eventresultdetails_in", "EventResultDetails in~ ($)"},
    AsimFilter{"eventresultdetails_has_any", "EventResultDetails has_any ($)"},
    AsimFilter{"eventseverity_has_any", "EventSeverity has_any ($)"},
};

constexpr std::array authentication_filters{
    AsimFilter{"username_has_any", "TargetUsername has_any ($) or ActorUsername has_any ($)"},
    AsimFilter{"targetappname_has_any", "TargetAppName has_any ($)"},
};
constexpr std::array dns_filters{
    AsimFilter{"srcipaddr", "SrcIpAddr in ($)"},
    AsimFilter{"domain_has_any", "DnsQuery has_any ($)"},
    AsimFilter{"responsecodename", "EventResultDetails =~ $"},
    AsimFilter{"response_has_ipv4", "has_ipv4(DnsResponseName, $)"},
    AsimFilter{"response_has_any_prefix", "has_any_ipv4_prefix(DnsResponseName, $)"},
    // "lookup" is what the parameter was called once.
    AsimFilter{"eventtype", "EventType =~ $ or ($ =~ 'lookup' and EventType =~ 'Query')"},
};
constexpr std::array network_filters{
    AsimFilter{"ipaddr_has_any_prefix",
               "has_any_ipv4_prefix(SrcIpAddr, $) or has_any_ipv4_prefix(DstIpAddr, $)"},
    AsimFilter{"dstportnumber", "DstPortNumber == $"},
    AsimFilter{"hostname_has_any", "SrcHostname has_any ($) or DstHostname has_any ($)"},
    AsimFilter{"dvcaction", "DvcAction in~ ($)"},
};
constexpr std::array web_filters{
    AsimFilter{"ipaddr_has_any_prefix",
               "has_any_ipv4_prefix(SrcIpAddr, $) or has_any_ipv4_prefix(DstIpAddr, $)"},
    AsimFilter{"url_has_any", "Url has_any ($)"},
    AsimFilter{"httpuseragent_has_any", "HttpUserAgent has_any ($)"},
};
constexpr std::array process_filters{
    AsimFilter{"commandline_has_any", "TargetProcessCommandLine has_any ($)"},
    AsimFilter{"commandline_has_all", "TargetProcessCommandLine has_all ($)"},
    AsimFilter{"commandline_has_any_ip_prefix", "has_any_ipv4_prefix(TargetProcessCommandLine, $)"},
    AsimFilter{"actingprocess_has_any", "ActingProcessName has_any ($)"},
    AsimFilter{"targetprocess_has_any", "TargetProcessName has_any ($)"},
    AsimFilter{"parentprocess_has_any", "ParentProcessName has_any ($)"},
    AsimFilter{"hashes_has_any",
               "TargetProcessSHA512 in~ ($) or TargetProcessSHA256 in~ ($) or TargetProcessSHA1 "
               "in~ ($) or TargetProcessMD5 in~ ($) or TargetProcessIMPHASH in~ ($)"},
};
constexpr std::array file_filters{
    AsimFilter{"targetfilepath_has_any", "TargetFilePath has_any ($)"},
    AsimFilter{"srcfilepath_has_any", "SrcFilePath has_any ($)"},
    AsimFilter{"hashes_has_any",
               "TargetFileSHA512 in~ ($) or TargetFileSHA256 in~ ($) or TargetFileSHA1 in~ ($) or "
               "TargetFileMD5 in~ ($) or SrcFileSHA512 in~ ($) or SrcFileSHA256 in~ ($) or "
               "SrcFileSHA1 in~ ($) or SrcFileMD5 in~ ($)"},
};
constexpr std::array registry_filters{
    AsimFilter{"registrykey_has_any", "RegistryKey has_any ($)"},
    AsimFilter{"registryvalue_has_any", "RegistryValue has_any ($)"},
    AsimFilter{"registryvaluedata_has_any", "RegistryValueData has_any ($)"},
    AsimFilter{"registrydata_has_any", "RegistryValueData has_any ($)"},
};
constexpr std::array audit_filters{
    AsimFilter{"operation_has_any", "Operation has_any ($)"},
    AsimFilter{"object_has_any", "Object has_any ($)"},
    AsimFilter{"newvalue_has_any", "NewValue has_any ($)"},
};
constexpr std::array alert_filters{
    AsimFilter{"ipaddr_has_any_prefix", "has_any_ipv4_prefix(DvcIpAddr, $)"},
    AsimFilter{"hostname_has_any", "DvcHostname has_any ($)"},
    AsimFilter{"username_has_any", "Username has_any ($)"},
    AsimFilter{"attacktactics_has_any", "AttackTactics has_any ($)"},
    AsimFilter{"attacktechniques_has_any", "AttackTechniques has_any ($)"},
    AsimFilter{"threatcategory_has_any", "ThreatCategory has_any ($)"},
    AsimFilter{"alertverdict_has_any", "AlertVerdict has_any ($)"},
};

constexpr std::string_view device = "coalesce(DvcFQDN, DvcHostname, DvcIpAddr, DvcId, _ResourceId)";
// Where the table has a column Dvc of its own.
constexpr std::string_view told_device =
    "coalesce(Dvc, DvcFQDN, DvcHostname, DvcIpAddr, DvcId, _ResourceId)";
constexpr std::string_view source_device = "coalesce(SrcFQDN, SrcHostname, SrcIpAddr, SrcDvcId)";
constexpr std::string_view destination_device =
    "coalesce(DstFQDN, DstHostname, DstIpAddr, DstDvcId)";
constexpr std::string_view target_device =
    "coalesce(TargetDvcId, TargetHostname, TargetIpAddr, TargetAppId, TargetAppName)";
constexpr std::string_view rule = "coalesce(RuleName, tostring(RuleNumber))";
// Who a session belongs to depends on which end told of it.
constexpr std::string_view session_address =
    "iff(EventType == 'EndpointNetworkSession' and NetworkDirection == 'Inbound', DstIpAddr, "
    "SrcIpAddr)";
constexpr std::string_view session_host =
    "iff(EventType == 'EndpointNetworkSession' and NetworkDirection == 'Inbound', SrcHostname, "
    "DstHostname)";

constexpr std::array authentication_aliases{
    AsimAlias{"User", "TargetUsername"},
    AsimAlias{"IpAddr", "SrcIpAddr"},
    AsimAlias{"Src", "coalesce(SrcDvcId, SrcHostname, SrcIpAddr)"},
    AsimAlias{"Dst", target_device},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"LogonTarget", "coalesce(TargetAppName, TargetUrl, TargetHostname)"},
    AsimAlias{"Application", "TargetAppName"},
};
constexpr std::array dns_aliases{
    AsimAlias{"User", "SrcUsername"},
    AsimAlias{"IpAddr", "SrcIpAddr"},
    AsimAlias{"Src", "coalesce(Src, SrcFQDN, SrcHostname, SrcIpAddr, SrcDvcId)"},
    AsimAlias{"Dst", "coalesce(Dst, DstFQDN, DstHostname, DstIpAddr, DstDvcId)"},
    AsimAlias{"Dvc", told_device},
    AsimAlias{"Hostname", "SrcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"Domain", "DnsQuery"},
    AsimAlias{"DomainCategory", "UrlCategory"},
    AsimAlias{"SessionId", "DnsSessionId"},
    AsimAlias{"Query", "DnsQuery"},
    AsimAlias{"Process", "SrcProcessName"},
    AsimAlias{"Duration", "DnsNetworkDuration"},
    AsimAlias{"DnsResponseCodeName", "EventResultDetails"},
};
constexpr std::array network_aliases{
    AsimAlias{"User", "DstUsername"},
    AsimAlias{"IpAddr", session_address},
    AsimAlias{"Src", source_device},
    AsimAlias{"Dst", destination_device},
    AsimAlias{"Dvc", told_device},
    AsimAlias{"Hostname", session_host},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", "coalesce(NetworkRuleName, tostring(NetworkRuleNumber))"},
    AsimAlias{"SessionId", "NetworkSessionId"},
    AsimAlias{"Duration", "NetworkDuration"},
    AsimAlias{"InnerVlanId", "SrcVlanId"},
    AsimAlias{"OuterVlanId", "DstVlanId"},
};
constexpr std::array web_aliases{
    AsimAlias{"User", "SrcUsername"},
    AsimAlias{"IpAddr", session_address},
    AsimAlias{"Src", source_device},
    AsimAlias{"Dst", destination_device},
    AsimAlias{"Dvc", told_device},
    AsimAlias{"Hostname", session_host},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", "coalesce(Rule, RuleName, tostring(RuleNumber))"},
    AsimAlias{"UserAgent", "HttpUserAgent"},
    AsimAlias{"HttpStatusCode", "EventResultDetails"},
    AsimAlias{"Hash", "coalesce(FileSHA512, FileSHA256, FileSHA1, FileMD5)"},
    AsimAlias{"SessionId", "NetworkSessionId"},
    AsimAlias{"Duration", "NetworkDuration"},
};
constexpr std::array process_aliases{
    AsimAlias{"User", "TargetUsername"},
    AsimAlias{"IpAddr", "DvcIpAddr"},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"CommandLine", "TargetProcessCommandLine"},
    AsimAlias{"Process", "TargetProcessName"},
    AsimAlias{"Hash",
              "coalesce(TargetProcessSHA512, TargetProcessSHA256, TargetProcessMD5, "
              "TargetProcessSHA1, TargetProcessIMPHASH)"},
};
constexpr std::array file_aliases{
    AsimAlias{"User", "ActorUsername"},
    AsimAlias{"IpAddr", "SrcIpAddr"},
    AsimAlias{"Src", source_device},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"FilePath", "TargetFilePath"},
    AsimAlias{"FileName", "TargetFileName"},
    AsimAlias{"CommandLine", "ActingProcessCommandLine"},
    AsimAlias{"Process", "ActingProcessName"},
    AsimAlias{"Hash",
              "coalesce(TargetFileSHA512, TargetFileSHA256, TargetFileSHA1, TargetFileMD5)"},
    AsimAlias{"Url", "TargetUrl"},
    AsimAlias{"Application", "TargetAppName"},
};
constexpr std::array registry_aliases{
    AsimAlias{"User", "ActorUsername"},
    AsimAlias{"IpAddr", "DvcIpAddr"},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"Process", "ActingProcessName"},
    AsimAlias{"Username", "ActorUsername"},
};
constexpr std::array audit_aliases{
    AsimAlias{"User", "ActorUsername"},
    AsimAlias{"IpAddr", "SrcIpAddr"},
    AsimAlias{"Src", source_device},
    AsimAlias{"Dst", target_device},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"Application", "TargetAppName"},
    AsimAlias{"Value", "NewValue"},
};
constexpr std::array user_management_aliases{
    AsimAlias{"User", "ActorUsername"},
    AsimAlias{"IpAddr", "SrcIpAddr"},
    AsimAlias{"Src", "coalesce(SrcHostname, SrcIpAddr, SrcDvcId)"},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"UpdatedPropertyName", "EventSubType"},
};
constexpr std::array dhcp_aliases{
    AsimAlias{"User", "SrcUsername"},
    AsimAlias{"IpAddr", "SrcIpAddr"},
    AsimAlias{"Src", source_device},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "SrcHostname"},
    AsimAlias{"EventUid", "_ItemId"},
    AsimAlias{"Rule", rule},
    AsimAlias{"SessionId", "DhcpSessionId"},
    AsimAlias{"Duration", "DhcpSessionDuration"},
};
constexpr std::array alert_aliases{
    AsimAlias{"IpAddr", "DvcIpAddr"},
    AsimAlias{"Dvc", device},
    AsimAlias{"Hostname", "DvcHostname"},
};

// By the beginning of what stands behind the prefix of the parser's name.
constexpr std::array<AsimSchema, 12> schemas{{
    {"Authentication", "ASimAuthenticationEventLogs", authentication_filters,
     authentication_aliases},
    {"Dns", "ASimDnsActivityLogs", dns_filters, dns_aliases},
    {"NetworkSession", "ASimNetworkSessionLogs", network_filters, network_aliases},
    {"WebSession", "ASimWebSessionLogs", web_filters, web_aliases},
    {"Process", "ASimProcessEventLogs", process_filters, process_aliases},
    {"File", "ASimFileEventLogs", file_filters, file_aliases},
    {"Registry", "ASimRegistryEventLogs", registry_filters, registry_aliases},
    {"AuditEvent", "ASimAuditEventLogs", audit_filters, audit_aliases},
    {"UserManagement", "ASimUserManagementActivityLogs", {}, user_management_aliases},
    {"Dhcp", "ASimDhcpEventLogs", {}, dhcp_aliases},
    {"AlertEvent", "ASimAlertEventLogs", alert_filters, alert_aliases},
    {"AssetEntity", "ASimAssetEntityLogs", {}, {}},
}};

// Of "_Im_Dns" what stands behind the prefix: "Dns".
std::string_view schema_of(std::string_view function) {
  for (const std::string_view prefix : {"_Im_", "_ASim_", "ASim", "vim", "im"})
    if (function.starts_with(prefix)) return function.substr(prefix.size());
  return {};
}

const AsimSchema* find_schema(std::string_view function) {
  const std::string_view name = schema_of(function);
  const auto found = std::ranges::find_if(
      schemas, [&](const AsimSchema& schema) { return name.starts_with(schema.name); });
  return found == schemas.end() ? nullptr : &*found;
}

std::string_view condition_of(const AsimSchema& schema, std::string_view parameter) {
  for (const std::span<const AsimFilter> filters :
       {schema.filters, std::span<const AsimFilter>(common_filters)})
    for (const AsimFilter& filter : filters)
      if (filter.parameter == parameter) return filter.condition;
  return {};
}

std::string with_value(std::string_view condition, const std::string& value) {
  std::string text;
  for (const char c : condition) text += c == '$' ? value : std::string{c};
  return text;
}

// Some parsers are for one type of event.
std::string_view event_type_of(std::string_view function) {
  if (function.find("Create") != std::string_view::npos) return "ProcessCreated";
  if (function.find("Terminate") != std::string_view::npos) return "ProcessTerminated";
  return {};
}

// Does the parser take parameters at all? The others give every row.
bool is_filtering(std::string_view function) {
  return !function.starts_with("_ASim_") && !function.starts_with("ASim");
}

}  // namespace

bool Binder::is_asim_parser(std::string_view function) {
  return find_schema(function) != nullptr;
}

// What the argument asks of a row, as an operator; nothing when it asks for every row.
Checked<std::string> Binder::asim_filter(const CatalogueFunction& function, std::string_view name,
                                         const Expression& given, std::size_t number) {
  const std::string_view condition = condition_of(*find_schema(function.name), name);
  if (condition.empty())
    return refuse("KQL203", given.span,
                  fmt::format("{} has no parameter '{}'", function.name, name));
  const auto parameter =
      std::ranges::find(function.parameters, name, &CatalogueFunction::Parameter::name);
  const bool is_named = given.kind == ExpressionKind::named;
  Bound value = VEDETTE_TRY(scalar(is_named ? *given.children.front() : given, {}));
  // One text where a list is taken, as the parsers' first versions had it.
  const bool is_text = value->type == Type::string;
  if (parameter != function.parameters.end() && !(is_text && parameter->type == Type::dynamic))
    value = VEDETTE_TRY(convert(std::move(value), parameter->type, given.span, name));
  const bool is_constant = value->kind == plan::ExpressionKind::constant;
  if (is_constant && value->constant.is_null) return std::string();
  if (is_constant && (value->constant.text == "[]" || (is_text && value->constant.text == "*")))
    return std::string();
  const std::string argument = fmt::format("_asim{}", number);
  const std::string asked = with_value(condition, argument);
  const Type type = value->type;
  define(argument, ScalarBinding{std::move(value)});
  if (is_constant) return fmt::format(" | where {}", asked);
  if (type == Type::dynamic)
    return fmt::format(" | where array_length({}) == 0 or ({})", argument, asked);
  return fmt::format(" | where {} or ({})",
                     type == Type::string ? fmt::format("{} == '*'", argument)
                                          : fmt::format("isnull({})", argument),
                     asked);
}

// The rows that the parser's arguments ask for, with its aliases.
Checked<Relation> Binder::asim_rows(const CatalogueFunction& function, CatalogueTable shape,
                                    const Expression& call) {
  const AsimSchema& schema = *find_schema(function.name);
  shape.name = schema.table;
  const ScopePtr outer = scope_;
  std::string text = "_rows";
  bool has_event_type = false;
  for (std::size_t i = 0; i < call.children.size(); ++i) {
    const Expression& given = *call.children[i];
    std::string name = given.kind == ExpressionKind::named ? given.text : std::string();
    if (name.empty() && i < function.parameters.size()) name = function.parameters[i].name;
    if (name == "disabled" || name == "pack") continue;
    has_event_type |= name == "eventtype";
    text += VEDETTE_TRY(asim_filter(function, name, given, i));
  }
  if (const std::string_view type = event_type_of(function.name); !type.empty())
    text += fmt::format(" | where EventType =~ '{}'", type);
  // "If no value is specified, only lookup queries are returned."
  if (schema.name == "Dns" && is_filtering(function.name) && !has_event_type)
    text += " | where EventType =~ 'Query'";
  std::string aliases;
  for (const AsimAlias& alias : schema.aliases)
    aliases +=
        fmt::format("{}{} = {}", aliases.empty() ? " | extend " : ", ", alias.column, alias.value);
  written_.push_back(std::make_unique<syntax::Query>(VEDETTE_TRY(syntax::parse(text + aliases))));
  syntax::Pipeline& operators = *written_.back()->statements.front().value->pipeline;
  operators.source.reset();
  const Relation table_rows = VEDETTE_TRY(table_or_let(shape, call.span));
  auto rows = pipeline(operators, &table_rows);
  if (!rows) return refuse(rows.error().code, call.span, rows.error().message, rows.error().hint);
  scope_ = outer;
  rows->name = function.name;
  return rows;
}

}  // namespace vedette::kql::bind
