/* A domain that somebody else has made -> what a spec says of it, and what no spec can say.
 *
 * The rows of the key tables tell what becomes of a setting: how Xen's files call it, what its
 * words are, what the toolstack takes where the file says nothing. What no row has goes to `xen:`,
 * where xl may know it. */
#pragma once

#include "spec/settings.h"
#include "xenbackend/xen_config_text.h"

/* Something that is not carried over as it stands. Never has a secret in it. */
typedef struct {
    guint line, column; /* where it stands in the file, from 1; 0: nowhere */
    char *key;          /* as the file has it: "vncpasswd", "vif"; NULL: the whole domain */
    char *reason;       /* "left out: ..." */
} ImportNote;

typedef struct {
    char *source;        /* where it was found, for messages: "web.cfg", "the running domain web" */
    char *name;          /* NULL: it has none */
    GStringChunk *texts; /* holds the texts of the settings */
    Settings *settings;  /* domain_keys; what equals the table's default may be in it */
    GPtrArray *notes;    /* of ImportNote */
    gboolean is_lacking; /* something is left out that its next start would have had */
    gboolean lacks_device; /* a whole device is */
} ImportedDomain;

/* The domain of a config file, which is read in the dialect of the toolstack that is to run it
 * (TARGET), or in the other one, if the text or its `builder` can only be of that: what is noted
 * then says so. NULL and *trouble when neither toolstack would take it; a message that might quote
 * a secret says less. */
ImportedDomain *xen_import_text(const char *source, const char *bytes, gsize length,
                                XenDialect target, XenConfigTrouble *trouble);
/* A line of a text, for people: in one line of UTF-8. NULL: there is no such line, or there may be
 * a secret in it. To be freed. */
char *xen_import_line(const char *bytes, gsize length, guint number);
/* The domain of a config file of DIALECT, as the toolstack of DIALECT reads it; TARGET is the
 * toolstack that is to run it from now on. Never NULL. What cannot be carried over is in its notes.
 */
ImportedDomain *xen_import_config(const char *source, const XenConfigText *config,
                                  XenDialect dialect, XenDialect target);
ImportedDomain *imported_domain_new(const char *source);
void imported_domain_free(ImportedDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportedDomain, imported_domain_free)
/* Adds a note; KEY may be NULL. */
void imported_domain_note(ImportedDomain *domain, guint line, guint column, const char *key,
                          const char *format, ...) G_GNUC_PRINTF(5, 6);
/* Notes which vifs have no MAC address. */
void imported_domain_note_macs(ImportedDomain *domain);
