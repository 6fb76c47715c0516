// The name that a variant file has of itself: the build gives it from the file's name, so that what
// a kernel returns tells which code ran, whatever the list says.
#pragma once

#define TESSERA_QUOTED_(x) #x
#define TESSERA_QUOTED(x) TESSERA_QUOTED_(x)
#define TESSERA_KERNEL_NAME TESSERA_QUOTED(TESSERA_VARIANT)
