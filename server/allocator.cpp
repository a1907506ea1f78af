// The settings of jemalloc, which reads them from this name when the process starts.
//
// Huge pages for all of it: finding a thousand objects in a gigabyte is mostly finding their pages, and the
// C library's malloc gives them to the first thread's memory alone.
#include <jemalloc/jemalloc.h>

const char* malloc_conf = "thp:always";
