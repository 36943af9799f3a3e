/* What the files xen_import*.c share. */
#pragma once

#include "xenbackend/xen_import.h"

/* Reading one config file. */
typedef struct {
    const XenConfigText *config;
    XenDialect dialect; /* that it is written in */
    XenDialect target;  /* of the toolstack that is to run the domain */
    guint guest;        /* GUEST_* */
    ImportedDomain *domain;
} Importer;

/* Notes that something at a value is not carried over. */
void import_leave_out(Importer *importer, const XenConfigValue *at, const char *key,
                      const char *format, ...) G_GNUC_PRINTF(4, 5);
/* How the file's dialect calls the row; NULL: it does not know it. */
const char *import_name_of(const Importer *importer, const KeyRow *row);
/* A device as a whole is left out. */
void imported_domain_lack_device(ImportedDomain *domain);
/* A text for a message, in quotes; long ones are cut, and what may hold a secret is not shown. To
 * be freed. */
char *import_quote(const char *text);
/* Takes out what may hold a secret, and notes it: it would stand in the spec. */
void imported_domain_drop_secrets(ImportedDomain *domain);
/* Takes out disks that have lost what they are without: with another path it would be another disk.
 * What is wrong with them is noted already. */
void imported_domain_drop_half_disks(ImportedDomain *domain);
/* A word for what reads the file: "xl", "xm". */
const char *import_reader(const Importer *importer);

/* A number as xl reads it: strtol(3), base 0, the whole text (xen_import_value.c). */
gboolean import_read_number(const char *text, gint64 *out);
/* A text of the file as the value of a row, whatever its list. On failure sets *reason ("xl reads a
 * number here"), to be freed. */
gboolean import_read_text(const Importer *importer, const KeyRow *row, const char *text, Value *out,
                          char **reason);
/* The value of a row that is no table. FALSE: it was noted why there is none. */
gboolean import_read_value(Importer *importer, const KeyRow *row, const char *name,
                           const XenConfigValue *value, Value *out);
/* The items of a list that are right; of the others it is noted why (also where none is). */
void import_read_items(Importer *importer, const KeyRow *row, const char *name,
                       const XenConfigValue *list,
                       gboolean (*read)(Importer *, const KeyRow *, const char *,
                                        const XenConfigValue *, Value *),
                       Value *out);

/* A setting that no row has: into the pairs of a map that has room for it. */
void import_raw(Importer *importer, const XenConfigSetting *setting, Value *map);

/* One device of a list: its string as settings of the row's table (xen_import_device.c). FALSE: it
 * was noted why there are none. */
gboolean import_read_device(Importer *importer, const KeyRow *row, const char *name,
                            const XenConfigValue *item, Value *out);
