/* The `config` of a domain in the JSON of `xl list -l ID` -> the settings that it shows.
 *
 * The rows of the key tables say where each stands (SEEN), in what words, and what it means that it
 * is not there. The members are those of libxl_domain_config (Xen
 * tools/libs/light/libxl_types.idl): what the domain was created with, its default left out, and
 * from Xen's own mouth the name, the uuid, the memory, the virtual CPUs and the scheduler's weights
 * (tools/libs/light/libxl_domain.c:libxl_retrieve_domain_configuration). */
#pragma once

#include "reconcile/observed.h"

struct json_t;

/* Never NULL; what cannot be read is among the unread members. Numbers of CONFIG are reals. */
SeenSettings *xen_list_settings_read(const struct json_t *config);
