#include "spec/git_tree.h"

#include <string.h>

/* git's cache.h: canon_mode(); 100664 is of its first year. */
static const struct {
    const char *mode;
    GitEntryKind kind;
} modes[] = {
    {"100644", GIT_ENTRY_FILE},  {"100755", GIT_ENTRY_FILE}, {"100664", GIT_ENTRY_FILE},
    {"40000", GIT_ENTRY_FOLDER}, {"120000", GIT_ENTRY_LINK}, {"160000", GIT_ENTRY_SUBMODULE},
};

const char *git_entry_kind_show(GitEntryKind kind)
{
    static const char *const words[] = {
        [GIT_ENTRY_FILE] = "a file",
        [GIT_ENTRY_FOLDER] = "a folder",
        [GIT_ENTRY_LINK] = "a symbolic link",
        [GIT_ENTRY_SUBMODULE] = "a submodule",
    };
    return words[kind];
}

static void git_entry_free(gpointer data)
{
    GitEntry *entry = data;
    g_free(entry->name);
    g_free(entry);
}

static gboolean refuse_entry(const GPtrArray *tree, const char *expected, GError **error)
{
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT,
                "entry %u of the tree: expected %s, found something else", tree->len + 1, expected);
    return FALSE;
}

static gboolean take_mode(const char *mode, GitEntryKind *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (strcmp(mode, modes[i].mode) == 0) {
            *out = modes[i].kind;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean git_is_name(const char *name)
{
    static const char *const refused[] = {"", ".", "..", ".git"};
    gsize length = strlen(name);
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (g_ascii_strcasecmp(name, refused[i]) == 0) {
            return FALSE;
        }
    }
    if (length > GIT_NAME_BYTES_MAX || strchr(name, '/') != NULL ||
        !g_utf8_validate(name, (gssize)length, NULL)) {
        return FALSE;
    }
    for (const char *c = name; *c != '\0'; c = g_utf8_next_char(c)) {
        if (g_unichar_iscntrl(g_utf8_get_char(c))) {
            return FALSE;
        }
    }
    return TRUE;
}

/* git sorts a folder as if its name ended in a slash (its tree.c: base_name_compare()). */
static int compare_entries(const GitEntry *left, const GitEntry *right)
{
    g_autofree char *one = g_strconcat(left->name, left->kind == GIT_ENTRY_FOLDER ? "/" : "", NULL);
    g_autofree char *other =
        g_strconcat(right->name, right->kind == GIT_ENTRY_FOLDER ? "/" : "", NULL);
    return strcmp(one, other);
}

/* "MODE NAME", a NUL, and the bytes of the id; *AT moves behind it. */
static gboolean read_entry(const char **at, const char *end, gboolean is_sha256, GPtrArray *tree,
                           GHashTable *names, GError **error)
{
    const char *nul = memchr(*at, '\0', (gsize)(end - *at));
    const char *blank = nul != NULL ? memchr(*at, ' ', (gsize)(nul - *at)) : NULL;
    if (blank == NULL || (gsize)(end - nul - 1) < git_id_size(is_sha256)) {
        return refuse_entry(tree, "a mode, a name and an id", error);
    }
    g_autofree char *mode = g_strndup(*at, (gsize)(blank - *at));
    GitEntryKind kind;
    if (!take_mode(mode, &kind)) {
        return refuse_entry(tree, "a mode that git writes", error);
    }
    if (!git_is_name(blank + 1)) {
        return refuse_entry(tree, "a name of UTF-8 without control characters", error);
    }
    GitEntry *entry = g_new0(GitEntry, 1);
    entry->kind = kind;
    entry->name = g_strdup(blank + 1);
    git_id_from_bytes((const guint8 *)nul + 1, is_sha256, &entry->id);
    const GitEntry *before = tree->len > 0 ? g_ptr_array_index(tree, tree->len - 1) : NULL;
    gboolean is_good = (before == NULL || compare_entries(before, entry) < 0) &&
                       !g_hash_table_contains(names, entry->name);
    if (!is_good) {
        git_entry_free(entry);
        return refuse_entry(tree, "names in order, each of them once", error);
    }
    g_ptr_array_add(tree, entry);
    g_hash_table_add(names, entry->name);
    *at = nul + 1 + git_id_size(is_sha256);
    return TRUE;
}

GPtrArray *git_tree_parse(const char *bytes, gsize length, gboolean is_sha256, GError **error)
{
    g_autoptr(GPtrArray) tree = g_ptr_array_new_with_free_func(git_entry_free);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const char *at = bytes;
    const char *end = bytes + length;
    while (at < end) {
        if (tree->len == GIT_TREE_ENTRIES_MAX) {
            refuse_entry(tree, "at most 50000 entries", error);
            return NULL;
        }
        if (!read_entry(&at, end, is_sha256, tree, names, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&tree);
}

const GitEntry *git_tree_find(const GPtrArray *tree, const char *name)
{
    for (guint i = 0; i < tree->len; i++) {
        const GitEntry *entry = g_ptr_array_index(tree, i);
        if (strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}
