# libevtx (Debian's libevtx-dev has no pkg-config file): the target evtx::evtx.
find_path(VEDETTE_EVTX_HEADERS libevtx.h REQUIRED)
find_library(VEDETTE_EVTX_LIBRARY evtx REQUIRED)
add_library(evtx::evtx UNKNOWN IMPORTED)
set_target_properties(evtx::evtx PROPERTIES IMPORTED_LOCATION "${VEDETTE_EVTX_LIBRARY}"
                                            INTERFACE_INCLUDE_DIRECTORIES "${VEDETTE_EVTX_HEADERS}")
