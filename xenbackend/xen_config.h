/* A domain of the spec -> the text of its Xen config file; and which files are ours. */
#pragma once

#include "spec/spec.h"

/* How a toolstack's config files are written. */
typedef struct ConfigDialect ConfigDialect;
extern const ConfigDialect xl_dialect;
extern const ConfigDialect xm_dialect;

/* Appends the config of a domain: `name`, `uuid`, then every set row of the table that the dialect
 * has a name for, in the table's order, then the raw keys in the order of their bytes; `key =
 * value` at column 0, and within the list of a kind of devices each in a line of its own. UUID is
 * what the domain is to have (an adopted one may differ from domain->uuid). The same domain always
 * gives the same text.
 *
 * One quoting, safe for xl's lexer (Xen tools/libs/util/libxlu_cfg_l.l and
 * libxlu_cfg.c:xlu__cfgl_dequote) and for xm, which executes the file as Python: double quotes, and
 * backslash, quote, newline, carriage return and tab by their escapes. Fails
 * (XEN_CONFIG_ERROR_VALUE, the message names the domain and the key; OUT is untouched) on what no
 * file can carry, and on a key, word or guest that the toolstack does not have. */
gboolean xen_config_write(const ConfigDialect *dialect, const Domain *domain, const char *uuid,
                          GString *out, GError **error);

/* Whether the domain's config can be written. All that stands in the way becomes a problem, at its
 * place in the spec. */
gboolean xen_config_check(const ConfigDialect *dialect, const Domain *domain, Problems *problems);

/* Appends a disk or a vif of DOMAIN as it stands in the config, without the quotes around it; what
 * the commands take that attach one. Fails as above. */
gboolean xen_config_write_device(const ConfigDialect *dialect, const Domain *domain,
                                 const Settings *device, GString *out, GError **error);

/* Appends the argument of a create that adds EXTRA to the kernel command line: a setting that
 * overrides the file's. Fails as above. */
gboolean xen_config_write_command_line(const ConfigDialect *dialect, const Domain *domain,
                                       const char *extra, GString *out, GError **error);

#define XEN_CONFIG_ERROR (xen_config_error_quark())
typedef enum { XEN_CONFIG_ERROR_VALUE } XenConfigError;
GQuark xen_config_error_quark(void);

/* The comment that opens a file of ours: "# xensure: uuid UUID, from ORIGIN\n" and a line that says
 * not to edit. ORIGIN ("fleet lab, generation 42") is cut at 200 bytes; bytes of it other than
 * ASCII letters, digits, blanks and ,._+/@()- become '?'. */
void xen_config_write_comment(const char *uuid, const char *origin, GString *out);
/* Was this text written by us? Then `uuid` (UUID_SIZE bytes) gets the uuid of its comment. */
gboolean xen_config_is_ours(const char *text, gsize length, char uuid[UUID_SIZE]);
/* Where the text goes on after the comment lines that open it. */
const char *xen_config_skip_comment(const char *text, gsize *length);
/* SHA-256 (hex, to be freed) of a text without its opening comment, and with its passwords masked.
 */
char *xen_config_digest(const char *text, gsize length);
