#include "normalise/cloud/alert_entities.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "kql/native/json_text.h"

namespace vedette::normalise::cloud {
namespace {

namespace native = kql::native;
using Name = std::pair<std::string_view, std::string_view>;

// Kinds whose type is not their name in small letters.
constexpr auto types = std::to_array<Name>({{"AzureResource", "azure-resource"},
                                            {"CloudApplication", "cloud-application"},
                                            {"DnsResolution", "dns"},
                                            {"MailCluster", "mailCluster"},
                                            {"MailMessage", "mailMessage"},
                                            {"RegistryKey", "registry-key"},
                                            {"RegistryValue", "registry-value"},
                                            {"SecurityGroup", "security-group"},
                                            {"SubmissionMail", "SubmissionMail"}});
// Members whose name is not theirs with a capital.
constexpr auto members = std::to_array<Name>({{"accountName", "Name"},
                                              {"appName", "Name"},
                                              {"azureID", "AzureID"},
                                              {"fileName", "Name"},
                                              {"hashValue", "Value"},
                                              {"malwareName", "Name"},
                                              {"ntDomain", "NTDomain"},
                                              {"omsAgentID", "OMSAgentID"},
                                              {"osFamily", "OSFamily"},
                                              {"osVersion", "OSVersion"},
                                              {"puid", "PUID"},
                                              {"upnSuffix", "UPNSuffix"}});
constexpr std::string_view reference_word = "EntityId";

std::string text_at(std::string_view object, std::string_view name) {
  const auto found = native::find_member(object, name);
  return found && native::kind_of(*found) == native::JsonKind::string ? native::unescaped(*found)
                                                                      : std::string();
}

std::string type_of(std::string_view kind) {
  const auto* known = std::ranges::find(types, kind, &Name::first);
  return known != types.end() ? std::string(known->second) : base::to_lower_ascii(kind);
}

std::string member_of(std::string_view name) {
  const auto* known = std::ranges::find(members, name, &Name::first);
  if (known != members.end()) return std::string(known->second);
  std::string capital(name);
  if (!capital.empty() && capital[0] >= 'a' && capital[0] <= 'z')
    capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
  return capital;
}

class Writer {
 public:
  explicit Writer(std::string_view entities) : entities_(native::elements_of(entities)) {
    for (const auto entity : entities_)
      if (!text_at(entity, "kind").empty())
        numbers_.try_emplace(base::to_lower_ascii(text_at(entity, "id")),
                             std::to_string(numbers_.size() + 1));
  }

  std::string write() {
    for (const auto entity : entities_)
      if (const std::string kind = text_at(entity, "kind"); !kind.empty()) add(entity, kind);
    return all_.empty() ? "" : "[" + all_ + "]";
  }

 private:
  void add(std::string_view entity, const std::string& kind) {
    const auto number = numbers_.find(base::to_lower_ascii(text_at(entity, "id")));
    if (number == numbers_.end()) return;
    std::string text;
    native::JsonBuilder out(text);
    out.open('{');
    out.key("$id");
    native::append_quoted(text, number->second);
    const auto properties = native::find_member(entity, "properties").value_or("{}");
    for (const auto& [quoted, value] : native::members_of(properties)) {
      const std::string name = native::unescaped(quoted);
      if (name == "friendlyName" || name == "additionalData") continue;
      add_member(text, name, value);
    }
    for (const auto& [quoted, value] :
         native::members_of(native::find_member(properties, "additionalData").value_or("{}")))
      if (native::unescaped(quoted) != "Type")
        (text += ',') += std::string(quoted) + ":" + std::string(value);
    text += ",\"Type\":";
    native::append_quoted(text, type_of(kind));
    text += '}';
    (all_ += all_.empty() ? "" : ",") += text;
  }
  void add_member(std::string& text, const std::string& name, std::string_view value) const {
    if (name.ends_with(reference_word)) {
      const auto known = numbers_.find(base::to_lower_ascii(
          native::kind_of(value) == native::JsonKind::string ? native::unescaped(value) : ""));
      if (known == numbers_.end()) return;
      text += ',';
      native::append_quoted(text, member_of(name.substr(0, name.size() - reference_word.size())));
      text += ":{\"$ref\":\"" + known->second + "\"}";
      return;
    }
    text += ',';
    native::append_quoted(text, member_of(name));
    (text += ':') += value;
  }

  const std::vector<std::string_view> entities_;
  std::map<std::string, std::string> numbers_;  // by the entity's id
  std::string all_;
};

}  // namespace

std::string alert_entities(std::string_view entities) {
  return Writer(entities).write();
}

}  // namespace vedette::normalise::cloud
