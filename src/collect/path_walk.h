// Owns: turning what the user named (a path or a glob) into the paths that exist, and into the
// folders that must be watched for that answer to change: every folder a name was looked up in,
// along every symbolic link. Promises: bounded (limits::folder_entries_max, symbolic_links_max);
// matches are sorted by name; a path that exists as it is written is not taken as a pattern. Must
// not know: inotify, file content. Called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::collect {

struct Lookup {
  std::string folder;
  std::string name;  // the name, or the pattern, that was looked for in it
  bool is_pattern = false;
};

// A path may be there or not; a pattern yields what matches now.
struct PathWalk {
  std::vector<std::string> paths;
  std::vector<Lookup> lookups;
};

[[nodiscard]] bool is_pattern(std::string_view path);
// Appends what `target` means now. True when it was taken as a pattern.
bool walk_target(const std::string& target, PathWalk& walk);
[[nodiscard]] bool matches(const Lookup& lookup, const std::string& name);
// Is that path what `target` names, or one of those that it may match?
[[nodiscard]] bool is_named_by(const std::string& target, const std::string& path);

}  // namespace vedette::collect
