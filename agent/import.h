/* What `import` gathers: domains of config files, and domains that run. */
#pragma once

#include "agent/cycle.h"
#include "xenbackend/xen_import_spec.h"

/* A file that is no config file, or a domain that cannot be taken along. Its texts are lines of
 * UTF-8 without control characters, and so are remarks. */
typedef struct {
    char *source;       /* "web.cfg", "the running domain web (id 3)" */
    guint line, column; /* 0: nowhere */
    char *message;
    char *text; /* of the line; NULL: it is not shown */
} ImportRefusal;

typedef struct {
    Cycle *cycle;
    GPtrArray *domains;  /* of ImportedDomain */
    GPtrArray *refusals; /* of ImportRefusal */
    GPtrArray *remarks;  /* of char: what else is to be known, nothing of it wrong */
} Import;

void import_init(Import *import, Cycle *cycle);
void import_clear(Import *import);

/* Looks at the host as far as it can be looked at. IS_NEEDED: that it cannot is an error of the run
 * (FALSE); else it is a remark. */
gboolean import_look(Import *import, gboolean is_needed);
/* Reads config files. PATHS: files and folders, whose *.cfg are read; none: the folder of config
 * files. */
void import_read_files(Import *import, char **paths);
/* Says what to do beside a spec that was applied here before. */
void import_remark_known(Import *import);
/* Reads what runs, each domain with a time limit of its own. */
void import_read_running(Import *import);
