/* Shared by the case document's reader, writer and schema. Private to engine/columns. */
#ifndef ANS_COLUMNS_CASE_H
#define ANS_COLUMNS_CASE_H
#include "columns/columns.h"
#define CASE_FORMAT "anspruch-case/1"
#endif
