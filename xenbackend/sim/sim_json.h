/* A domain's configuration as the JSON that `xl list -l` and `xl create -n` print (Xen
 * libxl_types.idl for the members and their order; the layout is yajl's). */
#pragma once

#include "xenbackend/sim/sim_domain.h"

typedef struct {
    GString *out;
    guint depth;
    gboolean has_item;     /* something stands before the next item of this level */
    const char *scheduler; /* the host's; NULL: credit2 */
} SimJson;

/* {"domid": ..., "config": {...}} of a running domain. GUEST NULL: Domain-0's, with DOM0_KIB of
 * memory. */
void sim_json_domain(SimJson *json, const SimDomain *domain, const SimGuest *guest,
                     gint64 dom0_kib);
/* The configuration alone, as read from a file. */
void sim_json_guest(SimJson *json, const SimGuest *guest);
void sim_json_open(SimJson *json, const char *key, char bracket);
void sim_json_close(SimJson *json, char bracket);

/* For the files sim_json*.c. KEY NULL: an item of a list; TEXT NULL: nothing is added. */
void sim_json_add_text(SimJson *json, const char *key, const char *text);
void sim_json_add_number(SimJson *json, const char *key, gint64 number);
/* Members of an object that is open (of SimMember). DOMAIN NULL: what runs is not known. */
void sim_json_add_members(SimJson *json, const GPtrArray *members, const SimDomain *domain,
                          const SimGuest *guest);
/* All lists of devices. IS_LIVE: of a domain that runs. */
void sim_json_add_devices(SimJson *json, const SimGuest *guest, gboolean is_live);
