// Owns: what pages may ask of whoever runs the service: to read settings as a start would, and to
// begin again with them. Promises: plain data. Must not know: pages. Any thread calls the
// functions.
#pragma once

#include <functional>

#include "app/connection_settings.h"
#include "app/data_layout.h"

namespace vedette::app {

struct ServeControl {
  // Of the installation: its people, its keys, what is connected. While simulated data is shown the
  // rest is in another folder.
  DataLayout home;
  bool is_simulated = false;
  ReadWithTables read_with;
  // Within a second, by the thread that runs the service.
  std::function<void()> begin_again;
};

}  // namespace vedette::app
