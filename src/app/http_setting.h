// Owns: how those settings of [http] and [audit] are read and shown that are more than a text or a
// number. Promises: what is wrong is noted with its form. Must not know: who serves. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "model/access.h"

namespace vedette::app {

struct Configuration;
class SettingValue;

void read_public_url(const SettingValue& value, Configuration& c);
void read_audit_address(const SettingValue& value, Configuration& c);
void read_roles(const SettingValue& value, Configuration& c);
void read_proxies(const SettingValue& value, Configuration& c);
[[nodiscard]] std::optional<base::IpAddress> any_address(const SettingValue& value);
[[nodiscard]] std::string show_proxies(const Configuration& c);
[[nodiscard]] std::string show_roles(const std::vector<model::Role>& roles);

}  // namespace vedette::app
