/* Private to engine/exchange: an evidence request and its answer as RegRep 4 documents, in the manner of the EU's once-only system and of what is public about XNachweis and NOOTS.
 * Own namespace for what is ours, own specification identifier; no conformance with XNachweis, NOOTS or EU-OOTS is claimed (docs/exchange.md, "NOOTS"). Texts are UTF-8. */
#ifndef ANS_EXCHANGE_REGREP_H
#define ANS_EXCHANGE_REGREP_H
#include "exchange/internal.h"

#define REGREP_QUERY "urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"
#define REGREP_RIM "urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0"
#define REGREP_RS "urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0"
#define REGREP_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define REGREP_STATUS "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
#define REGREP_OWN "urn:anspruch:nachweis:1"
#define REGREP_SPECIFICATION "anspruch-nachweis/1"

enum { REGREP_TEXT = 256 };
typedef struct exchange__query {
  char id[EXCHANGE_ID_SIZE];             /* UUID, new for every attempt; in the document with urn:uuid: before it */
  char issued[REGREP_TEXT];              /* 2026-11-22T08:00:00Z */
  char specification[REGREP_TEXT], requirement[REGREP_TEXT], requester[REGREP_TEXT], provider[REGREP_TEXT];
  char purpose[REGREP_TEXT], legal_basis[REGREP_TEXT], case_id[REGREP_TEXT], person[12] /* IdNr */;
  bool idnr_used;
} exchange__query;
bool exchange__query_write(const exchange__query *q, char **out, size_t *size); /* malloc'd; false: a text that XML cannot hold, or memory */
/* NULL, or the part that is missing, repeated or not as described. */
const char *exchange__query_read(const char *bytes, size_t size, exchange__query *out);

typedef struct exchange__reply {
  char id[EXCHANGE_ID_SIZE];             /* of the query it answers */
  char specification[REGREP_TEXT], requester[REGREP_TEXT], provider[REGREP_TEXT];
  bool success;
  char exception[REGREP_TEXT];           /* failure: "ObjectNotFoundExceptionType", … without prefix */
  char message[REGREP_TEXT];
  const void *evidence;                  /* success: the one element (xmlNode, in the document read; to write: any element, copied) */
} exchange__reply;
bool exchange__reply_write(const exchange__reply *a, char **out, size_t *size);
/* From a parsed document, which it points into. NULL, or the part that is wrong. */
const char *exchange__reply_read(const exchange__document *d, exchange__reply *out);
#endif
