#include "collect/path_walk.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <memory>

#include "base/limits.h"

namespace vedette::collect {
namespace {

std::string joined(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

// "a//b/./c" -> a, b, c. Dots-dots stay: what they mean depends on symbolic links.
std::vector<std::string> components_of(std::string_view path) {
  std::vector<std::string> components;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view component = path.substr(at, slash - at);
    if (!component.empty() && component != ".") components.emplace_back(component);
    at = slash + 1;
  }
  return components;
}

std::string start_of(std::string_view path) {
  return path.starts_with('/') ? "/" : ".";
}

// Notes every folder in which a component of the path is looked up, following symbolic links, until
// one is missing: the name that would make it appear is then the last lookup.
void walk_path(const std::string& path, std::vector<Lookup>& lookups) {
  std::string folder = start_of(path);
  std::vector<std::string> pending = components_of(path);
  std::ranges::reverse(pending);  // the next component is at the back
  int links_left = base::limits::symbolic_links_max;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    const std::string here = joined(folder, name);
    if (name != "..") lookups.push_back({folder, name, false});
    std::array<char, PATH_MAX> target{};
    const ssize_t bytes = ::readlink(here.c_str(), target.data(), target.size());
    if (bytes < 0) {
      struct stat status{};
      if (::lstat(here.c_str(), &status) != 0) return;
      folder = here;
      continue;
    }
    if (links_left-- == 0) return;
    const std::string_view link(target.data(), static_cast<std::size_t>(bytes));
    if (link.starts_with('/')) folder = "/";
    std::vector<std::string> of_link = components_of(link);
    std::ranges::reverse(of_link);
    pending.insert(pending.end(), of_link.begin(), of_link.end());
  }
}

std::vector<std::string> matching_names(const Lookup& lookup) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(lookup.folder.c_str()), ::closedir);
  if (!folder) return names;
  for (std::size_t seen = 0; seen < base::limits::folder_entries_max; ++seen) {
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != ".." && matches(lookup, name)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

bool is_folder(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_link(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

// Depth is bounded by the number of components of what the user wrote.
void descend(const std::string& folder, const std::vector<std::string>& components, std::size_t at,
             PathWalk& walk) {
  const bool last = at + 1 == components.size();
  const Lookup lookup{folder, components[at], is_pattern(components[at])};
  walk.lookups.push_back(lookup);
  const std::vector<std::string> names =
      lookup.is_pattern ? matching_names(lookup) : std::vector<std::string>{lookup.name};
  for (const std::string& name : names) {
    // "./x" would be another name for what the user calls "x".
    const std::string path = folder == "." ? name : joined(folder, name);
    if (is_link(path)) walk_path(path, walk.lookups);
    struct stat status{};
    if (last && ::lstat(path.c_str(), &status) == 0) walk.paths.push_back(path);
    if (!last && is_folder(path)) descend(path, components, at + 1, walk);
    if (walk.paths.size() > base::limits::folder_entries_max) return;
  }
}

}  // namespace

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool matches(const Lookup& lookup, const std::string& name) {
  if (!lookup.is_pattern) return lookup.name == name;
  return ::fnmatch(lookup.name.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

bool is_named_by(const std::string& target, const std::string& path) {
  if (target == path) return true;
  const auto wanted = components_of(target), found = components_of(path);
  return target.starts_with('/') == path.starts_with('/') &&
         std::ranges::equal(wanted, found, [](const std::string& name, const std::string& other) {
           return matches({{}, name, is_pattern(name)}, other);
         });
}

bool walk_target(const std::string& target, PathWalk& walk) {
  struct stat status{};
  if (!is_pattern(target) || ::lstat(target.c_str(), &status) == 0) {
    walk_path(target, walk.lookups);
    walk.paths.push_back(target);
    return false;
  }
  const std::vector<std::string> components = components_of(target);
  // The folders above the first wildcard may themselves be links or not be there yet.
  std::string fixed = start_of(target);
  std::size_t first = 0;
  while (first + 1 < components.size() && !is_pattern(components[first]))
    fixed = fixed == "." ? components[first++] : joined(fixed, components[first++]);
  walk_path(fixed, walk.lookups);
  if (is_folder(fixed)) descend(fixed, components, first, walk);
  return true;
}

}  // namespace vedette::collect
