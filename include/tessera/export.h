/* Marks what the shared library exports; everything else stays inside it. For C and C++. */
#ifndef TESSERA_EXPORT_H
#define TESSERA_EXPORT_H

#if defined(_WIN32)
#define TESSERA_API
#define TESSERA_LOCAL
#else
#define TESSERA_API __attribute__((visibility("default")))
#define TESSERA_LOCAL __attribute__((visibility("hidden")))
#endif

#endif
