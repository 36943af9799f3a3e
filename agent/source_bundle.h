/* What a source elsewhere has given, as it came and as it is kept: the files, their signatures, and
 * where they are from. Nothing here vouches for it: it is checked each time that it is read. */
#pragma once

#include <glib.h>

#define SOURCE_BUNDLE_FILES_MAX 20000u
#define SOURCE_BUNDLE_BYTES_MAX (64u * 1024 * 1024) /* of all of it, as it is kept */
#define SOURCE_BUNDLE_TEXT_MAX  4096u               /* of a name, an ETag, ... */

#define SOURCE_BUNDLE_ERROR (source_bundle_error_quark())
typedef enum { SOURCE_BUNDLE_ERROR_FORMAT } SourceBundleError;
GQuark source_bundle_error_quark(void);

typedef struct {
    char *name; /* within the source: "lab.yaml", "MANIFEST.minisig" */
    GBytes *bytes;
} SourceFile;

typedef struct {
    char *source;   /* the name of the source (SpecSource) */
    gint64 fetched; /* when these bytes came, in seconds since 1970 */
    /* What to ask the source by whether it has changed, and what it is there; NULL: nothing. */
    char *etag, *last_modified, *commit;
    char *generation; /* of the spec, in digits, for people; NULL: not known */
    GPtrArray *files; /* of SourceFile, in the order in which they came */
} SourceBundle;

SourceBundle *source_bundle_new(const char *source, gint64 fetched);
void source_bundle_free(SourceBundle *bundle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SourceBundle, source_bundle_free)
/* Takes a reference on BYTES. A name has no line break, no NUL, and is in the bundle once. */
void source_bundle_add(SourceBundle *bundle, const char *name, GBytes *bytes);
/* NULL: it has none of this name. */
GBytes *source_bundle_find(const SourceBundle *bundle, const char *name);
/* Is it the same, file by file? */
gboolean source_bundle_equal(const SourceBundle *left, const SourceBundle *right);

/* As it is kept: lines that tell what follows, an empty line, and the files as they came. */
void source_bundle_format(const SourceBundle *bundle, GString *out);
/* SOURCE_BUNDLE_ERROR_FORMAT where it is not one, or not a whole one. */
SourceBundle *source_bundle_parse(const char *bytes, gsize length, GError **error);
