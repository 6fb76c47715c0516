// C callbacks as the C++ API calls them.
#pragma once

#include "src/c_api/handles.h"

namespace tessera::c_api {

/// Callbacks that call the C functions in `options`. One that returns other than zero throws
/// Error{cancelled}.
Callbacks transcription_callbacks(const tessera_options& options);
ConvertCallbacks convert_callbacks(const tessera_options& options);
DownloadCallbacks download_callbacks(const tessera_options& options);

}  // namespace tessera::c_api
