/* A tree: what a folder of a repository has. */
#pragma once

#include "spec/git_object.h"

#define GIT_TREE_ENTRIES_MAX 50000u
#define GIT_NAME_BYTES_MAX   255u

typedef enum {
    GIT_ENTRY_FILE, /* of either mode */
    GIT_ENTRY_FOLDER,
    GIT_ENTRY_LINK,
    GIT_ENTRY_SUBMODULE
} GitEntryKind;

typedef struct {
    GitEntryKind kind;
    char *name; /* UTF-8 without control characters */
    GitId id;
} GitEntry;

/* The entries (of GitEntry) in their order, which is the byte order of the names of files.
 * SIGNATURE_ERROR_FORMAT where it is no tree, or one that git would not make: names that are not in
 * order, twice there, or none. */
GPtrArray *git_tree_parse(const char *bytes, gsize length, gboolean is_sha256, GError **error);
/* NULL: it has none of this name. */
const GitEntry *git_tree_find(const GPtrArray *tree, const char *name);
/* "a file", for messages. */
const char *git_entry_kind_show(GitEntryKind kind);
/* Can something in a tree be called so? */
gboolean git_is_name(const char *name);
