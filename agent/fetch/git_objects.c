/* Which objects a spec is made of, and their bytes. That they are what they should be is for
 * xensure to find out: here everything is what a hostile repository may have made of it. */
#include "agent/fetch/git_parts.h"

#include <string.h>

#define IDS_BYTES_MAX  (8u * 1024 * 1024)
#define TREE_BYTES_MAX (16u * 1024 * 1024)
#define IDS_AT_ONCE    500u /* fit into a pipe */
#define COMMITS_MAX    "20000"

static void add_id(GPtrArray *ids, const char *text, gsize length)
{
    GitId id;
    if (git_id_parse(text, length, &id)) {
        g_ptr_array_add(ids, g_strdup(id.text));
    }
}

/* The commits on all ways from the known one; none, if there is no way. */
static gboolean list_commits(GitWork *work, GPtrArray *ids)
{
    const GitId *known = &work->request->known;
    g_ptr_array_add(ids, g_strdup(work->head.text));
    if (*known->text == '\0' || git_id_is_sha256(known) != git_id_is_sha256(&work->head)) {
        return TRUE;
    }
    g_autofree char *range = g_strconcat(known->text, "..", work->head.text, NULL);
    const char *const arguments[] = {"rev-list", "--ancestry-path", "--max-count=" COMMITS_MAX,
                                     range, NULL};
    g_autoptr(CommandResult) result = git_run(work, arguments, NULL, IDS_BYTES_MAX);
    if (result == NULL) {
        return FALSE;
    }
    if (!command_result_is_success(result)) {
        return TRUE;
    }
    g_auto(GStrv) lines = g_strsplit(result->output, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (strcmp(*line, work->head.text) != 0) {
            add_id(ids, *line, strlen(*line));
        }
    }
    return TRUE;
}

/* The id of what a name leads to; FALSE without trouble: there is none. */
static gboolean find_id(GitWork *work, const char *name, GitId *out)
{
    const char *const arguments[] = {"rev-parse",        "--verify", "--quiet",
                                     "--end-of-options", name,       NULL};
    g_autoptr(CommandResult) result = git_run(work, arguments, NULL, IDS_BYTES_MAX);
    if (result == NULL || !command_result_is_success(result)) {
        return FALSE;
    }
    g_strchomp(result->output);
    return git_id_parse(result->output, strlen(result->output), out);
}

/* The trees on the way to the folder, as far as they are there. FALSE: it is not. */
static gboolean list_trees(GitWork *work, GPtrArray *ids, GitId *folder)
{
    g_autofree char *top = g_strconcat(work->head.text, "^{tree}", NULL);
    if (!find_id(work, top, folder)) {
        return FALSE;
    }
    add_id(ids, folder->text, strlen(folder->text));
    g_auto(GStrv) parts =
        g_strsplit(work->request->subdir != NULL ? work->request->subdir : "", "/", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *name = g_strconcat(folder->text, ":", *part, NULL);
        g_autofree char *tree = NULL;
        if (!find_id(work, name, folder)) {
            return FALSE;
        }
        tree = g_strconcat(folder->text, "^{tree}", NULL);
        if (!find_id(work, tree, folder)) {
            return FALSE;
        }
        add_id(ids, folder->text, strlen(folder->text));
    }
    return TRUE;
}

/* "MODE blob ID<tab>NAME" */
static void add_file(const char *line, GPtrArray *ids)
{
    const char *tab = strchr(line, '\t');
    g_autofree char *head = tab != NULL ? g_strndup(line, (gsize)(tab - line)) : g_strdup("");
    g_auto(GStrv) words = g_strsplit(head, " ", 4);
    if (g_strv_length(words) == 3 && strcmp(words[1], "blob") == 0 && tab[1] != '.' &&
        g_str_has_suffix(tab + 1, ".yaml")) {
        add_id(ids, words[2], strlen(words[2]));
    }
}

static gboolean list_files(GitWork *work, const GitId *folder, GPtrArray *ids)
{
    const char *const arguments[] = {"ls-tree", "-z", folder->text, NULL};
    g_autoptr(CommandResult) result =
        git_run_well(work, arguments, TREE_BYTES_MAX, FETCH_REFUSED, "read the folder");
    if (result == NULL) {
        return FALSE;
    }
    const char *end = result->output + result->output_length;
    for (const char *line = result->output; line < end; line += strlen(line) + 1) {
        add_file(line, ids);
    }
    return TRUE;
}

/* The objects of some ids. */
static gboolean read_some(GitWork *work, const GPtrArray *ids, guint from, GByteArray *out)
{
    const char *const arguments[] = {"cat-file", "--batch", NULL};
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = from; i < MIN(ids->len, from + IDS_AT_ONCE); i++) {
        g_string_append_printf(lines, "%s\n", (const char *)g_ptr_array_index(ids, i));
    }
    g_autoptr(GBytes) input = g_string_free_to_bytes(g_steal_pointer(&lines));
    gsize left = work->request->bytes_max - out->len;
    g_autoptr(CommandResult) result = git_run(work, arguments, input, left);
    if (result == NULL) {
        return FALSE;
    }
    if (result->is_output_over_limit) {
        return git_fail(work, FETCH_REFUSED,
                        g_strdup_printf("expected commits and files of at most %" G_GSIZE_FORMAT
                                        " bytes",
                                        work->request->bytes_max));
    }
    if (!command_result_is_success(result)) {
        g_autofree char *how = command_result_describe(result);
        return git_fail(work, FETCH_REFUSED,
                        g_strdup_printf("git could not read the files: it %s", how));
    }
    g_byte_array_append(out, (const guint8 *)result->output, (guint)result->output_length);
    return TRUE;
}

gboolean git_read_objects(GitWork *work, GByteArray *out)
{
    GitId folder;
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    if (!list_commits(work, ids) ||
        (list_trees(work, ids, &folder) && !list_files(work, &folder, ids)) ||
        work->trouble != NULL) {
        return FALSE;
    }
    for (guint from = 0; from < ids->len; from += IDS_AT_ONCE) {
        if (!read_some(work, ids, from, out)) {
            return FALSE;
        }
    }
    return TRUE;
}
