// Owns: the links in messages that acknowledge an incident: their key in the data folder, the
// address that they begin with, and both ends: who writes them and the door they lead to. Promises:
// without `http.public_url` there are none; the key is made once and lies there for its owner
// alone; without it (deleted, another folder) older links are strangers'. Must not know: pages,
// messages. Called while `serve` starts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/configuration.h"
#include "app/data_layout.h"
#include "notify/outbox_queue.h"
#include "server/acknowledge_door.h"

namespace vedette::app {

// Both are empty where there are no links.
[[nodiscard]] base::Result<notify::LinkMaker> acknowledge_links(const Configuration& configuration,
                                                                const DataLayout& data);
// `configuration` outlives it.
[[nodiscard]] base::Result<std::unique_ptr<server::AcknowledgeDoor>> acknowledge_door(
    const Configuration& configuration, const DataLayout& data);
// Names that a request's Host may say: those of the settings, and the one that links name.
[[nodiscard]] std::vector<std::string> public_hosts(const Configuration& configuration);

}  // namespace vedette::app
