// parse_user_agent: the common browsers, systems and devices, under the names that ua-parser's
// public list of patterns gives them; Other where it is none of them.
#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

constexpr std::string_view digits_and_points = "0123456789.";

// A mark, what must stand elsewhere in the text for it to count, and the family it tells.
struct Mark {
  std::string_view mark, also, family;
};
constexpr std::array<Mark, 20> browsers{{{"AdobeAIR/", "", "AdobeAIR"},
                                         {"Series60/", "Symbian", "Nokia OSS Browser"},
                                         {"Edg/", "", "Edge"},
                                         {"EdgA/", "", "Edge Mobile"},
                                         {"Edge/", "", "Edge"},
                                         {"OPR/", "", "Opera"},
                                         {"SamsungBrowser/", "", "Samsung Internet"},
                                         {"FxiOS/", "", "Firefox iOS"},
                                         {"Firefox/", "Mobile", "Firefox Mobile"},
                                         {"Firefox/", "", "Firefox"},
                                         {"CriOS/", "", "Chrome Mobile iOS"},
                                         {"Chrome/", "Mobile", "Chrome Mobile"},
                                         {"Chrome/", "", "Chrome"},
                                         {"Version/", "Mobile", "Mobile Safari"},
                                         {"Version/", "Safari", "Safari"},
                                         {"MSIE ", "", "IE"},
                                         {"Trident/7", "rv:11", "IE"},
                                         {"curl/", "", "curl"},
                                         {"Wget/", "", "Wget"},
                                         {"python-requests/", "", "Python Requests"}}};
constexpr std::array<Mark, 9> systems{{{"SymbianOS/", "", "Symbian OS"},
                                       {"Windows Phone ", "", "Windows Phone"},
                                       {"Windows NT ", "", "Windows"},
                                       {"Android ", "", "Android"},
                                       {"CPU OS ", "", "iOS"},
                                       {"iPhone OS ", "", "iOS"},
                                       {"Mac OS X ", "", "Mac OS X"},
                                       {"CrOS ", "", "Chrome OS"},
                                       {"Linux", "", "Linux"}}};

const Mark* first_of(std::span<const Mark> marks, std::string_view agent) {
  const auto has = [&](std::string_view text) {
    return agent.find(text) != std::string_view::npos;
  };
  for (const Mark& mark : marks)
    if (has(mark.mark) && (mark.also.empty() || has(mark.also))) return &mark;
  return nullptr;
}

// The parts of the version behind the mark: 10_15_7 and 10.15.7 alike.
std::vector<std::string> version_behind(std::string_view agent, std::string_view mark) {
  std::string rest(agent.substr(agent.find(mark) + mark.size()));
  std::replace(rest.begin(), rest.end(), '_', '.');
  const std::string_view number =
      std::string_view(rest).substr(0, rest.find_first_not_of(digits_and_points));
  std::vector<std::string> parts;
  for (const std::string_view part : base::split(number, '.')) parts.emplace_back(part);
  return parts;
}

// Windows is told by the number of its kernel.
std::vector<std::string> windows_version(const std::vector<std::string>& kernel) {
  const std::string number = kernel.size() < 2 ? "" : kernel[0] + "." + kernel[1];
  static constexpr std::array<std::array<std::string_view, 2>, 6> names{
      {{"5.1", "XP"}, {"5.2", "XP"}, {"6.0", "Vista"}, {"6.1", "7"}, {"6.2", "8"}, {"10.0", "10"}}};
  if (number == "6.3") return {"8", "1"};
  for (const auto& [of_kernel, name] : names)
    if (number == of_kernel) return {std::string(name)};
  return {};
}

void write_versions(JsonBuilder& out, std::string_view family,
                    std::span<const std::string_view> names,
                    const std::vector<std::string>& version) {
  out.open('{');
  out.key("Family");
  out.text(family);
  for (std::size_t i = 0; i < names.size(); ++i) {
    out.key(names[i]);
    out.text(i < version.size() ? version[i] : "");
  }
  out.close('}');
}

std::string browser_of(std::string_view agent) {
  static constexpr std::array<std::string_view, 3> parts{"MajorVersion", "MinorVersion", "Patch"};
  const Mark* found = first_of(browsers, agent);
  std::vector<std::string> version;
  if (found != nullptr)
    version = version_behind(agent, found->mark.starts_with("Trident") ? "rv:" : found->mark);
  std::string json;
  JsonBuilder out(json);
  write_versions(out, found == nullptr ? "Other" : found->family, parts, version);
  return json;
}

std::string system_of(std::string_view agent) {
  static constexpr std::array<std::string_view, 4> parts{"MajorVersion", "MinorVersion", "Patch",
                                                         "PatchMinor"};
  const Mark* found = first_of(systems, agent);
  std::vector<std::string> version;
  if (found != nullptr && found->family != "Linux") version = version_behind(agent, found->mark);
  if (found != nullptr && found->family == "Windows") version = windows_version(version);
  std::string json;
  JsonBuilder out(json);
  write_versions(out, found == nullptr ? "Other" : found->family, parts, version);
  return json;
}

// The word that begins with the mark, up to what ends a model's name.
std::string_view word_at(std::string_view agent, std::string_view mark) {
  const std::size_t at = agent.find(mark);
  if (at == std::string_view::npos) return {};
  return agent.substr(at, agent.find_first_of("/;) ", at) - at);
}

std::string device_of(std::string_view agent) {
  std::string family = "Other", brand, model;
  for (const std::string_view apple : {"iPhone", "iPad", "iPod", "Macintosh"})
    if (brand.empty() && agent.find(apple) != std::string_view::npos) {
      brand = "Apple";
      model = apple == "Macintosh" ? "Mac" : std::string(apple);
      family = model;
    }
  for (const std::string_view samsung : {"SM-", "GT-"})
    if (const std::string_view word = word_at(agent, samsung); brand.empty() && !word.empty()) {
      brand = "Samsung";
      model = word;
      family = "Samsung " + model;
    }
  if (const std::string_view word = word_at(agent, "Nokia"); brand.empty() && word.size() > 5) {
    brand = "Nokia";
    model = word.substr(5);
    family = "Nokia " + model.substr(0, model.find('-'));
  }
  std::string json;
  JsonBuilder out(json);
  out.open('{');
  out.key("Family");
  out.text(family);
  out.key("Brand");
  out.text(brand);
  out.key("Model");
  out.text(model);
  out.close('}');
  return json;
}

// user_agent, and which of "browser", "os", "device" is looked for: one of them or an array.
void parse_user_agent(Call& call) {
  const std::string_view agent = call.text(0);
  const std::string_view wanted = call.text(1);
  const auto is_wanted = [&](std::string_view name) {
    return wanted.empty() || wanted.find(name) != std::string_view::npos;
  };
  JsonBuilder out(call.give_text());
  out.open('{');
  if (is_wanted("\"browser\"")) {
    out.key("Browser");
    out.value(browser_of(agent));
  }
  if (is_wanted("\"os\"")) {
    out.key("OperatingSystem");
    out.value(system_of(agent));
  }
  if (is_wanted("\"device\"")) {
    out.key("Device");
    out.value(device_of(agent));
  }
  out.close('}');
}

constexpr Function rows[] = {
    {.name = "parse_user_agent",
     .parameters = "string, json?",
     .result = "dynamic",
     .body = parse_user_agent,
     .example = "parse_user_agent('curl/7.88.1', 'browser').Browser.MajorVersion",
     .gives = "\"7\"",
     .traits = may_lack},
};

}  // namespace

std::span<const Function> user_agent_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
