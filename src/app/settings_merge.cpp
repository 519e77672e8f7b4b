#include "app/settings_merge.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace vedette::app {
namespace {

// What sends mails is one of these.
constexpr std::array<std::string_view, 2> mail_ways{"smtp", "graph_mail"};

void forget_lines(SettingNode& node) {
  node.line = 0;
  if (auto* array = std::get_if<SettingNode::Array>(&node.value))
    for (auto& each : *array) forget_lines(each);
  if (auto* table = std::get_if<SettingNode::Table>(&node.value))
    for (auto& each : *table) forget_lines(each.node);
}

// Of a [[channel]] or [[tenant]] its name (a tenant's may be its id), of a [[file]] its path.
std::string name_of(const SettingNode& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return {};
  for (const std::string_view key : {"name", "path", "id"})
    for (const auto& member : *table)
      if (const auto* text = std::get_if<std::string>(&member.node.value);
          text != nullptr && member.name == key)
        return *text;
  return {};
}

SettingNode::Array elements_of(SettingNode node) {
  if (auto* array = std::get_if<SettingNode::Array>(&node.value)) return std::move(*array);
  return {std::move(node)};  // [tenant], of which there is one
}

void put(SettingNode::Table& root, SettingMember over) {
  const bool is_mail = std::ranges::find(mail_ways, over.name) != mail_ways.end();
  if (is_mail)
    std::erase_if(root, [](const SettingMember& each) {
      return std::ranges::find(mail_ways, each.name) != mail_ways.end();
    });
  const auto known = std::ranges::find(root, over.name, &SettingMember::name);
  if (known == root.end()) return root.push_back(std::move(over));
  auto* of_file = std::get_if<SettingNode::Table>(&known->node.value);
  auto* of_page = std::get_if<SettingNode::Table>(&over.node.value);
  if (of_file != nullptr && of_page != nullptr) {  // [detect]: setting by setting
    for (auto& member : *of_page) {
      std::erase_if(*of_file, [&](const SettingMember& each) { return each.name == member.name; });
      of_file->push_back(std::move(member));
    }
    return;
  }
  SettingNode::Array all = elements_of(std::move(known->node));
  for (auto& each : elements_of(std::move(over.node))) {
    const auto same = std::ranges::find(all, name_of(each), name_of);
    if (same == all.end())
      all.push_back(std::move(each));
    else
      *same = std::move(each);
  }
  known->node.value = std::move(all);
}

}  // namespace

SettingNode merged_settings(SettingNode file, SettingNode over) {
  auto& root = std::get<SettingNode::Table>(file.value);
  for (auto& member : std::get<SettingNode::Table>(over.value)) put(root, std::move(member));
  forget_lines(file);
  return file;
}

}  // namespace vedette::app
